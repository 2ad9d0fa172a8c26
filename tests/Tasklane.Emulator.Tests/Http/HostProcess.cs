using System.Diagnostics;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Http;

/// <summary>The host's own program, run to its end.</summary>
internal sealed record HostProcess(int ExitCode, string Errors)
{
    public static async Task<HostProcess> RunAsync(CancellationToken cancellation, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [BuiltApps.Host, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = await process.StandardError.ReadToEndAsync(cancellation);
        await output;
        await process.WaitForExitAsync(cancellation);
        return new HostProcess(process.ExitCode, errors);
    }
}
