using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Tasklane.Tasks;

/// <summary>
/// A host as settings name it: <c>example.com</c>, <c>*.example.com</c> (every name below it, not itself) or an address
/// (<c>203.0.113.7</c>, <c>[2001:db8::7]</c>), each with a port or for the scheme's own port.
/// </summary>
public sealed partial record HostPattern
{
    private HostPattern(string host, bool below, int? port) => (Host, Below, Port) = (host, below, port);

    /// <summary>Lower case; without the <c>*.</c>.</summary>
    public string Host { get; }

    /// <summary>Means the names below <see cref="Host"/>.</summary>
    public bool Below { get; }

    /// <summary>Null = 80 for http and 443 for https.</summary>
    public int? Port { get; }

    public static bool TryParse(string text, [NotNullWhen(true)] out HostPattern? pattern)
    {
        pattern = null;
        var match = Form().Match(text.ToLowerInvariant());
        if (!match.Success)
            return false;
        var (host, below) = (match.Groups["host"].Value, match.Groups["below"].Success);
        // "*.com" would be nearly everybody.
        if (below && (!host.Contains('.', StringComparison.Ordinal) || IPAddress.TryParse(host, out _)))
            return false;
        if (host[0] == '[')
        {
            if (!IPAddress.TryParse(host, out var address))
                return false;
            host = $"[{address}]";
        }
        int? port = match.Groups["port"].Success ? int.Parse(match.Groups["port"].ValueSpan, CultureInfo.InvariantCulture) : null;
        if (port is 0 or > 65535)
            return false;
        pattern = new HostPattern(host, below, port);
        return true;
    }

    /// <param name="url">Absolute, with an ASCII host.</param>
    public bool Matches(Uri url) =>
        (Port is { } port ? url.Port == port : url.IsDefaultPort)
        && (Below ? url.Host.EndsWith("." + Host, StringComparison.OrdinalIgnoreCase) : url.Host.Equals(Host, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(@"^(?<below>\*\.)?(?<host>[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])(:(?<port>[0-9]{1,5}))?$")]
    private static partial Regex Form();
}
