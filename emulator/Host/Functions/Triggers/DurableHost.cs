using System.Globalization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Durable;
using Tasklane.Emulator.Durable.Http;

namespace Tasklane.Emulator.Functions;

/// <summary>
/// The Durable engine with this app's limits and data folder. Made when first needed, which is when the host starts: a
/// start that is refused must not have opened another process's database.
/// </summary>
internal sealed class DurableHost(
    DurableRegistry registry, EmulatorEnvironment environment, WorkerDataConverter converter, ILoggerFactory loggers)
    : IAsyncDisposable
{
    private readonly Lazy<DurableEngine> _engine = new(() => Create(registry, environment, converter, loggers));

    public DurableEngine Engine => _engine.Value;

    public DurableTaskClient Client => _engine.Value.Client;

    public Task StartAsync(CancellationToken cancellationToken) => _engine.Value.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) =>
        _engine.IsValueCreated ? _engine.Value.StopAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>Ends the engine as a killed process would.</summary>
    public Task AbandonAsync() => _engine.IsValueCreated ? _engine.Value.AbandonAsync() : Task.CompletedTask;

    public ValueTask DisposeAsync() => _engine.IsValueCreated ? _engine.Value.DisposeAsync() : ValueTask.CompletedTask;

    private static DurableEngine Create(
        DurableRegistry registry, EmulatorEnvironment environment, WorkerDataConverter converter, ILoggerFactory loggers)
    {
        var limits = environment.HostJson.Extension("durableTask");
        var defaults = new DurableOptions { DatabasePath = Path.Combine(environment.DataDirectory, "durable.db") };
        var engine = new DurableEngine(
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
        DurableWebhook.Announce(engine.Client, () => ManagementEndpoints.WebhookAt(environment.BaseAddress));
        return engine;

        int Limit(string name, int otherwise) =>
            limits[name] is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
    }
}
