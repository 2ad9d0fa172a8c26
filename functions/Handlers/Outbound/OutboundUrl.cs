using System.Diagnostics.CodeAnalysis;
using Tasklane.Tasks;

namespace Tasklane.Handlers.Outbound;

/// <summary>Reads the addresses that users give: http and https, and the host spelled in the one way that everybody reads alike.</summary>
internal static class OutboundUrl
{
    public const int MaxLength = 2048;

    /// <param name="problem">What is wrong, as the end of a sentence about the address.</param>
    public static bool TryRead(string text, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? problem)
    {
        problem = Problem(text, out url);
        if (problem is not null)
            url = null;
        return problem is null;
    }

    private static string? Problem(string text, out Uri? url)
    {
        url = null;
        if (text.Length > MaxLength)
            return $"has {text.Length} characters, more than {MaxLength}";
        if (text.Any(c => c is <= ' ' or > '~' or '\\'))
            return $"'{Characters.Shorten(text)}' must be written in ASCII without spaces and '\\' (percent-encoded, the host as xn--…)";
        var begin = text.IndexOf("://", StringComparison.Ordinal) + 3;
        if (!Uri.TryCreate(text, UriKind.Absolute, out url) || begin < 3 || url.Scheme is not ("http" or "https"))
            return $"'{Characters.Shorten(text)}' must be an absolute address with http or https";
        var authority = text[begin..];
        if (authority.IndexOfAny(['/', '?', '#']) is >= 0 and var end)
            authority = authority[..end];
        // A user's name before the host is how "https://example.com@evil.example" deceives.
        if (authority.Contains('@', StringComparison.Ordinal))
            return "must not have a user name or password before the host";
        if (authority.Contains('%', StringComparison.Ordinal))
            return $"'{Characters.Shorten(text)}' must not have a '%' in its host (a zone, or an encoded letter)";
        return IsPlain(url, HostOf(authority)) ? null : $"'{Characters.Shorten(text)}' has an IPv4 address that is not written as four decimal numbers";
    }

    /// <summary>2130706433, 0x7f.1 and 0177.0.0.1 are 127.0.0.1 to some and names to others.</summary>
    private static bool IsPlain(Uri url, string host)
    {
        if (url.HostNameType == UriHostNameType.IPv4)
            return host == url.Host;
        var last = host.TrimEnd('.').Split('.')[^1];
        return url.HostNameType == UriHostNameType.IPv6
            || !(last.Length > 0 && (last.All(char.IsAsciiDigit) || last.StartsWith("0x", StringComparison.OrdinalIgnoreCase)));
    }

    private static string HostOf(string authority) =>
        authority.LastIndexOf(':') is > 0 and var colon && authority.IndexOf(']', StringComparison.Ordinal) < colon ? authority[..colon] : authority;
}
