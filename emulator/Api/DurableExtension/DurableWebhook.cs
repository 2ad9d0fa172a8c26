using System.Runtime.CompilerServices;
using Microsoft.DurableTask.Client;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Where the host of a client answers about instances; clients themselves know nothing of HTTP.</summary>
internal static class DurableWebhook
{
    private static readonly ConditionalWeakTable<DurableTaskClient, Func<string?>> Addresses = [];

    /// <param name="address">Ends in <c>/runtime/webhooks/durabletask</c>; null while the host does not listen.</param>
    public static void Announce(DurableTaskClient client, Func<string?> address) => Addresses.AddOrUpdate(client, address);

    public static string? Of(DurableTaskClient client) => Addresses.TryGetValue(client, out var address) ? address() : null;
}
