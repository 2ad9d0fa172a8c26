using System.Diagnostics;
using System.Net.Sockets;
using Tasklane.Testbed;

namespace Tasklane.Bench;

/// <summary>From the start of the process to the first answered request, the app as ./dev run starts it. <c>--rounds</c>.</summary>
internal static class StartBench
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    public static async Task RunAsync(Arguments arguments, Results results, CancellationToken ct)
    {
        var rounds = arguments.Number("rounds", 11);
        var rows = new List<string[]>();
        foreach (var worker in new[] { "in process", "own process" })
        {
            var times = new List<double>();
            for (var round = 0; round < rounds; round++) times.Add(await OnceAsync(worker == "own process", ct));
            times.Sort();
            rows.Add([worker, Results.Number(times[0], 2), Results.Number(Percentiles.Median(times), 2), Results.Number(times[^1], 2)]);
            Console.WriteLine(string.Join("  ", rows[^1]));
        }

        results.Write("Start to first answered request", $"""
            Tasklane on the SQLite store, a fresh data directory each time: seconds from starting the process until `GET /api/health` has answered 200. {rounds} starts.

            {Results.Table(["worker", "least s", "median s", "most s"], rows)}
            """);
    }

    private static async Task<double> OnceAsync(bool ownProcess, CancellationToken ct)
    {
        using var data = new TempDirectory("bench");
        var port = FreePort.Next();
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        var begun = Stopwatch.GetTimestamp();
        await using var process = ChildProcess.Start(
            "dotnet",
            [BuiltApps.Host, "--app", BuiltApps.Functions, .. ownProcess ? (string[])["--worker", "process"] : []],
            Path.GetDirectoryName(BuiltApps.Functions),
            new Dictionary<string, string?>
            {
                ["TASKLANE_EMULATOR_PORT"] = $"{port}",
                ["TASKLANE_EMULATOR_DATA"] = data.Path,
                ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
                ["Tasklane__Store"] = "sqlite",
                ["Tasklane__Sqlite"] = data.File("tasks.db"),
            });
        while (true)
        {
            if (process.HasExited) throw new InvalidOperationException($"The app ended:\n{string.Join('\n', process.Output)}");
            try
            {
                using var response = await http.GetAsync(new Uri("api/health", UriKind.Relative), ct);
                if (response.IsSuccessStatusCode) return Stopwatch.GetElapsedTime(begun).TotalSeconds;
            }
            catch (HttpRequestException e) when (e.InnerException is SocketException)
            {
                // Nobody listens yet.
            }

            await Task.Delay(Pause, TimeProvider.System, ct);
        }
    }
}
