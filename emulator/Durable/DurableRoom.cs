using System.Globalization;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Grpc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Durable.Binding;
using Tasklane.Emulator.Durable.Rpc;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable;

/// <summary>The Durable engine with this app's limits and data folder.</summary>
internal sealed class DurableRoom(
    HostEnvironment environment, CompositeExecutor executor, FunctionsExecutor functions, PortableWorkers workers, HostState state, IServiceProvider services,
    TimeProvider time, ILoggerFactory loggers)
    : IHostRoom, IAsyncDisposable
{
    private static readonly TimeSpan _watchEvery = TimeSpan.FromMilliseconds(250);

    private DurableEngine? _engine;
    private DurableTaskClient? _client;
    private ITimer? _watch;

    public DurableEngine Engine => _engine ?? throw new InvalidOperationException("The durable engine has not started.");

    /// <summary>A client in this process.</summary>
    public DurableTaskClient Client => _client ??= new GrpcDurableTaskClient(
        "host",
        new GrpcDurableTaskClientOptions { CallInvoker = Invoker, EnableEntitySupport = true },
        loggers.CreateLogger("Tasklane.Emulator.Durable.Client"));

    /// <summary>The protocol without a network.</summary>
    public InProcessCallInvoker Invoker => field ??= new InProcessCallInvoker(services.GetRequiredService<SidecarService>());

    /// <summary>Opens the database: data that is in use or damaged stops the start.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        functions.Versions = VersionRule.Read(environment.HostJson.Extension("durableTask"));
        try
        {
            _engine = new DurableEngine(executor, Options(), time, loggers);
        }
        catch (Exception e) when (e is IOException or StorageException or UnauthorizedAccessException)
        {
            throw new HostStartException(e.Message, e);
        }

        workers.Connected = _engine.WorkersChanged;
        return Task.CompletedTask;
    }

    /// <summary>Takes up what an earlier process left, now that there is a worker for it.</summary>
    public async Task WorkerReadyAsync(CancellationToken cancellationToken)
    {
        await Engine.StartAsync(cancellationToken);
        _watch = TimeProvider.System.CreateTimer(_ => Watch(), null, _watchEvery, _watchEvery);
    }

    public async Task StopAsync()
    {
        _watch?.Dispose();
        workers.Drain();
        if (_engine is not null)
            await _engine.StopAsync(CancellationToken.None);
        workers.Close();
    }

    public async Task AbandonAsync()
    {
        _watch?.Dispose();
        if (_engine is not null)
            await _engine.AbandonAsync();
        workers.Close();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private void Watch() => state.Report("durable", Engine.Trouble is { } trouble ? $"The durable database cannot be written: {trouble}" : null);

    private DurableOptions Options()
    {
        var settings = environment.HostJson.Extension("durableTask");
        var defaults = new DurableOptions { DatabasePath = Path.Combine(environment.DataDirectory, "durable.db") };
        return new DurableOptions
        {
            DatabasePath = defaults.DatabasePath,
            StrictReplay = environment.StrictReplay,
            ExtendedSessions = !environment.StrictReplay && settings["extendedSessionsEnabled"] is not ("false" or "False"),
            DefaultVersion = settings["defaultVersion"],
            HttpPollInterval = PollInterval("httpSettings:defaultAsyncRequestSleepTimeMilliseconds", defaults.HttpPollInterval),
            MaxConcurrentActivities = Limit("maxConcurrentActivityFunctions", defaults.MaxConcurrentActivities),
            MaxConcurrentOrchestrators = Limit("maxConcurrentOrchestratorFunctions", defaults.MaxConcurrentOrchestrators),
        };

        TimeSpan PollInterval(string name, TimeSpan otherwise) => settings[name] is { } text
            ? int.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= 0
                ? TimeSpan.FromMilliseconds(value)
                : throw new HostStartException($"host.json: extensions.durableTask.{name.Replace(':', '.')} '{text}' is no number of milliseconds.")
            : otherwise;

        int Limit(string name, int otherwise) => settings[name] is { } text
            ? int.TryParse(text, CultureInfo.InvariantCulture, out var value) && value > 0
                ? value
                : throw new HostStartException($"host.json: extensions.durableTask.{name} '{text}' is no number above 0.")
            : otherwise;
    }
}
