using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.Http;

/// <summary>
/// Kestrel on 127.0.0.1 and the configured port, whatever ASPNETCORE_URLS says: this host has no door to the outside.
/// </summary>
internal sealed class LoopbackOnly(EmulatorEnvironment environment, WorkerMode mode) : IConfigureOptions<KestrelServerOptions>
{
    /// <summary>What the real host takes by default.</summary>
    private const long MaxRequestBody = 104_857_600;

    public void Configure(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = MaxRequestBody;
        // The plain worker buffers what functions write, so they may write synchronously; ASP.NET Core's may not.
        options.AllowSynchronousIO = !mode.AspNetCore;
        options.Listen(IPAddress.Loopback, environment.Port);
    }
}
