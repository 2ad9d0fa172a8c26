using Azure.Core;
using Azure.Identity;

namespace Tasklane.Telemetry;

/// <summary>
/// Who sends telemetry, in the words that the host has for it: <c>Authorization=AAD</c> for this app's own identity, with
/// <c>ClientId=…</c> for one that was assigned to it.
/// </summary>
internal static class AzureMonitorCredential
{
    /// <returns>Null where nobody need sign in.</returns>
    /// <exception cref="InvalidOperationException">It says something else.</exception>
    public static TokenCredential? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var parts = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2, StringSplitOptions.TrimEntries))
            .ToLookup(part => part[0], part => part.Length > 1 ? part[1] : "", StringComparer.OrdinalIgnoreCase);
        if (!string.Equals(parts["Authorization"].FirstOrDefault(), "AAD", StringComparison.OrdinalIgnoreCase))
            throw new InvalidOperationException($"APPLICATIONINSIGHTS_AUTHENTICATION_STRING is '{text}'; it must be Authorization=AAD, or ClientId=ID;Authorization=AAD.");
        return new ManagedIdentityCredential(parts["ClientId"].FirstOrDefault() is { Length: > 0 } client
            ? ManagedIdentityId.FromUserAssignedClientId(client)
            : ManagedIdentityId.SystemAssigned);
    }
}
