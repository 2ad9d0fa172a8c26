using Microsoft.AspNetCore.Http;

namespace Tasklane.Emulator.SignalR;

internal static class Bearer
{
    private const string Scheme = "Bearer ";

    /// <summary>The token of a request; browsers cannot set headers on WebSockets and event streams and use the query.</summary>
    public static string? Of(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? header[Scheme.Length..].Trim()
            : request.Query["access_token"];
    }
}
