using Microsoft.AspNetCore.Http;

namespace Tasklane.Tasks.Http;

/// <summary>The header <c>Idempotency-Key</c>: makes a request that creates something safe to repeat.</summary>
internal static class IdempotencyKeys
{
    /// <summary>The key as it was sent; null without one.</summary>
    public static string? Of(HttpRequest request) => request.Headers.TryGetValue("Idempotency-Key", out var key) ? key.ToString() : null;

    /// <summary>The caller's key with a request that is all said by a name and a body; null without one.</summary>
    public static RequestKey? Of(HttpRequest request, string name, ReadOnlySpan<byte> body) =>
        Of(request) is { } key ? RequestKey.Of(request.GetCaller().Id, key, name, body) : null;
}
