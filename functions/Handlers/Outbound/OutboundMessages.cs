using System.Net;

namespace Tasklane.Handlers.Outbound;

/// <summary>A request whose address a user named.</summary>
/// <param name="Url">As <see cref="OutboundUrl"/> has read it.</param>
internal sealed record OutboundRequest(HttpMethod Method, Uri Url)
{
    /// <summary>Sent to the host that was named, and not to another that it points to.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public byte[]? Body { get; init; }

    /// <summary>How much of the answer is wanted; never more than the setting allows.</summary>
    public int MaxBytes { get; init; } = int.MaxValue;

    /// <summary>Whether to go where the answer points; else it is returned as it is.</summary>
    public bool Follow { get; init; }
}

/// <param name="Url">The one that answered: not the request's where it was followed.</param>
/// <param name="Location">Where the answer points to, as it says it.</param>
/// <param name="RetryAfter">When to ask again, as the answer says it.</param>
/// <param name="IsCut">The body went on.</param>
internal sealed record OutboundAnswer(
    HttpStatusCode Status, Uri Url, string? Location, string? ContentType, TimeSpan? RetryAfter, byte[] Body, bool IsCut)
{
    public bool IsRedirect => Location is not null && (int)Status is 301 or 302 or 303 or 307 or 308;
}

/// <summary>Why an outgoing request was not made or not answered.</summary>
internal static class OutboundErrors
{
    /// <summary>No setting allows the host.</summary>
    public const string NotAllowed = "outbound_not_allowed";

    /// <summary>The host's address is none on the internet.</summary>
    public const string AddressRefused = "outbound_address_refused";

    /// <summary>The address, or one pointed to, is no http or https address, or is spelled in a way that hides where it leads.</summary>
    public const string UrlRefused = "outbound_url_refused";

    /// <summary>More than five redirects, or one from https to http.</summary>
    public const string RedirectRefused = "outbound_redirect_refused";

    /// <summary>The name is unknown, nobody answers there, or the answer broke off.</summary>
    public const string Unreachable = "outbound_unreachable";

    /// <summary>The answer took longer than the setting allows.</summary>
    public const string TimedOut = "outbound_timeout";
}
