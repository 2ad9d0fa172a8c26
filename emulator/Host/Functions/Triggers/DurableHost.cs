using System.Globalization;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Durable;

namespace Tasklane.Emulator.Functions;

/// <summary>The Durable engine with this app's limits and data folder.</summary>
internal sealed class DurableHost : IAsyncDisposable
{
    private readonly DurableEngine _engine;

    public DurableHost(
        DurableRegistry registry, EmulatorEnvironment environment, WorkerDataConverter converter, ILoggerFactory loggers)
    {
        var limits = environment.HostJson.Extension("durableTask");
        var defaults = new DurableOptions { DatabasePath = Path.Combine(environment.DataDirectory, "durable.db") };
        _engine = new DurableEngine(
            registry,
            new DurableOptions
            {
                DatabasePath = defaults.DatabasePath,
                StrictReplay = environment.StrictReplay,
                MaxConcurrentActivities = Limit("maxConcurrentActivityFunctions", defaults.MaxConcurrentActivities),
                MaxConcurrentOrchestrators = Limit("maxConcurrentOrchestratorFunctions", defaults.MaxConcurrentOrchestrators),
                DataConverter = converter,
            },
            environment.Time,
            loggers);

        int Limit(string name, int otherwise) =>
            limits[name] is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
    }

    public DurableTaskClient Client => _engine.Client;

    public Task StartAsync(CancellationToken cancellationToken) => _engine.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => _engine.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
