using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator;
using Tasklane.Emulator.Durable;
using Tasklane.Emulator.Durable.Client;
using Tasklane.Testbed;

namespace Tasklane.Bench;

/// <summary>Functions that do nothing, on the host, in this process; the worker here too or in a process of its own.</summary>
internal sealed class BenchApp : IAsyncDisposable
{
    private readonly FunctionsHost host;
    private readonly TempDirectory data;

    private BenchApp(FunctionsHost host, TempDirectory data)
    {
        this.host = host;
        this.data = data;
    }

    public DurableHub Hub => host.Services.GetRequiredService<DurableRoom>().Engine.Hub;

    public Uri Ping => new($"http://127.0.0.1:{host.Environment.BaseAddress!.Port}/ping");

    /// <summary>What the host and the worker have used so far; not the load, where that is a process of its own.</summary>
    public static TimeSpan Cpu => Environment.CpuUsage.TotalTime + ChildrenCpu();

    public static async Task<BenchApp> StartAsync(WorkerMode worker)
    {
        var data = new TempDirectory("bench");
        var host = await FunctionsHost.StartAsync(new FunctionsHostOptions
        {
            AppPath = Path.Combine(BuiltApps.Output("bench/Tasklane.Bench.App"), "Tasklane.Bench.App.dll"),
            WorkerMode = worker,
            Port = 0,
            DataDirectory = data.Path,
            IsTest = true,
        });
        return new BenchApp(host, data);
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        data.Dispose();
    }

    // Fields 4, 14 and 15 of /proc/PID/stat: parent, and user and system time in hundredths of a second.
    private static TimeSpan ChildrenCpu()
    {
        long hundredths = 0;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out _)) continue;
            string stat;
            try
            {
                stat = File.ReadAllText(Path.Combine(folder, "stat"));
            }
            catch (IOException)
            {
                continue; // ended meanwhile
            }

            var name = stat[(stat.IndexOf('(', StringComparison.Ordinal) + 1)..stat.LastIndexOf(')')];
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            if (name == "wrk" || int.Parse(fields[1], CultureInfo.InvariantCulture) != Environment.ProcessId) continue;
            hundredths += long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        }

        return TimeSpan.FromMilliseconds(hundredths * 10);
    }
}
