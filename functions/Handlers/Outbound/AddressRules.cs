using System.Net;
using System.Net.Sockets;

namespace Tasklane.Handlers.Outbound;

/// <summary>Whom an address reaches.</summary>
internal enum AddressScope
{
    /// <summary>Anybody on the internet.</summary>
    Public,

    /// <summary>This machine or its network: loopback, private, unique local, carrier-grade NAT.</summary>
    Private,

    /// <summary>Nobody's to be asked: metadata services, link-local, multicast, reserved, and addresses that hold another address.</summary>
    Forbidden,
}

/// <summary>Sorts addresses by IANA's special-purpose registries, and by where clouds keep their metadata services.</summary>
internal static class AddressRules
{
    private static readonly IPNetwork[] _forbidden = Networks(
        "169.254.0.0/16", // link-local; 169.254.169.254 is the metadata service of Azure, AWS, Google and others
        "168.63.129.16/32", // Azure's own services on each virtual machine
        "100.100.100.200/32", // metadata, Alibaba
        "fd00:ec2::/32", // metadata, AWS
        "0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", // protocols of the IETF, Teredo among them
        "2001:db8::/32", "3fff::/20",
        "2002::/16"); // 6to4 holds an IPv4 address

    private static readonly IPNetwork[] _private = Networks(
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7");

    /// <summary>All of IPv6 that is given out; outside are IPv4-mapped and NAT64 addresses, link-local, multicast and the rest.</summary>
    private static readonly IPNetwork _globalV6 = IPNetwork.Parse("2000::/3");

    public static AddressScope Of(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && (address.ScopeId != 0 || address.IsIPv4MappedToIPv6))
            return AddressScope.Forbidden;
        if (_forbidden.Any(network => network.Contains(address)))
            return AddressScope.Forbidden;
        if (_private.Any(network => network.Contains(address)))
            return AddressScope.Private;
        return address.AddressFamily == AddressFamily.InterNetwork || _globalV6.Contains(address) ? AddressScope.Public : AddressScope.Forbidden;
    }

    private static IPNetwork[] Networks(params string[] networks) => [.. networks.Select(IPNetwork.Parse)];
}
