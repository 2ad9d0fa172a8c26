using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Http.Keys;

/// <summary>An extension with webhooks of its own at `/runtime/webhooks/NAME`.</summary>
/// <param name="Name">In the path, `durabletask`.</param>
/// <param name="Bindings">The types of bindings that bring the extension into an app.</param>
internal sealed record ExtensionWebhook(string Name, params string[] Bindings)
{
    /// <summary>What its system key is called.</summary>
    public string KeyName => KeyNameOf(Name);

    public static string KeyNameOf(string webhook) => $"{webhook.ToLowerInvariant()}_extension";
}

/// <summary>Makes the system keys of the extensions that the app uses when the host starts, as the real host does.</summary>
internal sealed class ExtensionKeys(HostKeys keys, FunctionCatalog catalog, IEnumerable<ExtensionWebhook> webhooks) : IHostRoom
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WorkerReadyAsync(CancellationToken cancellationToken)
    {
        var used = catalog.Functions.SelectMany(function => function.Bindings).Select(binding => binding.Type).ToHashSet(StringComparer.OrdinalIgnoreCase);
        try
        {
            foreach (var webhook in webhooks.Where(webhook => webhook.Bindings.Any(used.Contains)))
                keys.SystemKey(webhook.KeyName);
        }
        catch (OwnFileException e)
        {
            throw new HostStartException($"Keys are required, but {e.Message}", e);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync() => Task.CompletedTask;
}
