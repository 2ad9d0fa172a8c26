using System.Net;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;

namespace Tasklane.Handlers.Outbound;

/// <summary>What the settings say of hosts and addresses.</summary>
internal sealed class AllowList(OutboundOptions options)
{
    private readonly HostPattern[] _hosts = Parse(options.AllowedHosts);
    private readonly HostPattern[] _private = Parse(options.AllowedPrivate);

    public bool Allows(Uri url) => _hosts.Any(pattern => pattern.Matches(url)) || MayBePrivate(url);

    /// <exception cref="TaskFailedException">No setting allows it.</exception>
    public void Require(Uri url)
    {
        if (Allows(url))
            return;
        var named = url.IsDefaultPort ? url.Host : $"{url.Host}:{url.Port}";
        throw new TaskFailedException(
            OutboundErrors.NotAllowed,
            _hosts.Length == 0
                ? $"No host may be asked by tasks. To allow this one, whoever runs Tasklane adds '{named}' to the setting Tasklane:Outbound:AllowedHosts."
                : $"'{named}' is not among the hosts that tasks may ask. To allow it, whoever runs Tasklane adds it to the setting Tasklane:Outbound:AllowedHosts.",
            retry: false);
    }

    /// <exception cref="TaskFailedException">One of the addresses is not on the internet, and no setting allows that here.</exception>
    public void Require(Uri url, IReadOnlyList<IPAddress> addresses)
    {
        var most = MayBePrivate(url) ? AddressScope.Private : AddressScope.Public;
        // The address itself is not told: what names stand for in this network is not the user's to learn.
        if (addresses.Any(address => AddressRules.Of(address) > most))
            throw new TaskFailedException(OutboundErrors.AddressRefused, $"'{url.Host}' does not lead to a public address on the internet, and tasks may ask no other.", retry: false);
    }

    private bool MayBePrivate(Uri url) => _private.Any(pattern => pattern.Matches(url));

    private static HostPattern[] Parse(string[] texts) =>
        [.. texts.Select(text => HostPattern.TryParse(text, out var pattern) ? pattern : throw new FormatException($"'{text}' is no host."))];
}
