using System.Net;
using System.Net.Sockets;

namespace Tasklane.Testbed;

public static class FreePort
{
    /// <summary>A loopback port nobody listens on now. Another process may take it before you do: start, and on failure ask again.</summary>
    public static int Next()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
