using System.Globalization;
using System.Text.RegularExpressions;
using Tasklane.Testbed;

namespace Tasklane.Bench;

/// <summary>What one run of wrk reported.</summary>
/// <param name="Accepted">Requests that were answered 2xx.</param>
/// <param name="Refused">Requests that were answered otherwise, or not at all.</param>
internal sealed partial record Wrk(long Accepted, long Refused, double P50Ms, double P99Ms)
{
    /// <summary>Posts no-op tasks over 64 connections for some seconds.</summary>
    /// <param name="authorization">Value of the Authorization header; null sends none.</param>
    public static async Task<Wrk> PostAsync(Uri url, string? authorization, int seconds, CancellationToken ct)
    {
        using var directory = new TempDirectory("wrk");
        var script = directory.File("post.lua");
        await File.WriteAllTextAsync(script, await File.ReadAllTextAsync(Path.Combine(Layout.Peers, "post.lua"), ct)
            + (authorization is null ? "" : $"\nwrk.headers[\"Authorization\"] = \"{authorization}\"\n"), ct);
        return await RunAsync(["-s", script, url.AbsoluteUri], seconds, ct);
    }

    /// <summary>Gets a page over 64 connections for some seconds.</summary>
    public static Task<Wrk> GetAsync(Uri url, int seconds, CancellationToken ct) => RunAsync([url.AbsoluteUri], seconds, ct);

    private static async Task<Wrk> RunAsync(string[] what, int seconds, CancellationToken ct) => Parse(await ChildProcess.RunAsync(
        "wrk", ["-t1", "-c64", $"-d{seconds}s", "--timeout", "10s", "--latency", .. what], ct));

    private static Wrk Parse(string output)
    {
        var requests = Count(Requests().Match(output));
        var socketErrors = SocketErrors().Match(output) is { Success: true } errors
            ? errors.Groups.Values.Skip(1).Sum(group => long.Parse(group.Value, CultureInfo.InvariantCulture))
            : 0;
        var refused = Count(NotOk().Match(output));
        return new Wrk(requests - refused, refused + socketErrors, Milliseconds("50%", output), Milliseconds("99%", output));
    }

    private static long Count(Match match) => match.Success ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    private static double Milliseconds(string share, string output)
    {
        var match = Regex.Match(output, $@"{share}\s+([\d.]+)(us|ms|s)");
        var value = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        return match.Groups[2].Value switch { "us" => value / 1000, "ms" => value, _ => value * 1000 };
    }

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Requests();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex NotOk();

    [GeneratedRegex(@"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")]
    private static partial Regex SocketErrors();
}
