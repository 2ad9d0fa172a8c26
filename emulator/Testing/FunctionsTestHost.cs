using System.Reflection;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Durable;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Testing;

/// <summary>
/// A function app, unmodified, on a Functions host in this process: its own entry point runs, on a free port. Several can run side by
/// side; what they share is named in <see cref="FunctionsTestHostOptions"/>.
/// </summary>
public sealed class FunctionsTestHost : IAsyncDisposable
{
    private readonly FunctionsHost _host;
    private readonly string? _temporary;
    private readonly IServiceProvider? _services;

    private FunctionsTestHost(FunctionsHost host, string? temporary, IServiceProvider? services, CapturedOutputs outputs, CapturedLogs logs)
    {
        _host = host;
        _temporary = temporary;
        _services = services;
        Outputs = outputs;
        Logs = logs;
    }

    /// <summary>`http://localhost:PORT/`.</summary>
    public Uri BaseAddress => _host.Environment.BaseAddress!;

    /// <summary>The app's container, as its start-up code filled it.</summary>
    /// <exception cref="InvalidOperationException">The worker runs in a process of its own.</exception>
    public IServiceProvider Services =>
        _services ?? throw new InvalidOperationException("The worker runs in a process of its own, so its services cannot be reached.");

    /// <summary>What functions wrote to their output bindings.</summary>
    public CapturedOutputs Outputs { get; }

    /// <summary>What the host and the app logged.</summary>
    public CapturedLogs Logs { get; }

    /// <summary>The host's own container, for tests of the host.</summary>
    internal IServiceProvider HostServices => _host.Services;

    internal FunctionsHost Host => _host;

    /// <summary>Starts the app that a type belongs to; done when its functions are loaded and its triggers listen.</summary>
    /// <exception cref="FunctionsTestHostException">The app or the host does not start; the message says why.</exception>
    public static Task<FunctionsTestHost> StartAsync<TProgram>(
        Action<FunctionsTestHostOptions>? configure = null, CancellationToken cancellationToken = default) =>
        StartAsync(typeof(TProgram).Assembly, configure, cancellationToken);

    /// <inheritdoc cref="StartAsync{TProgram}"/>
    public static async Task<FunctionsTestHost> StartAsync(
        Assembly app, Action<FunctionsTestHostOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(app);
        var options = new FunctionsTestHostOptions();
        configure?.Invoke(options);
        var directory = options.AppDirectory is { } named ? Path.GetFullPath(named) : AppOutput.Find(app);
        var temporary = options.DataDirectory is null ? Directory.CreateTempSubdirectory("functions-test-host-").FullName : null;
        var outputs = new CapturedOutputs();
        var logs = new CapturedLogs();
        IServiceProvider? services = null;
        try
        {
            var host = await FunctionsHost.StartAsync(
                new FunctionsHostOptions
                {
                    AppPath = Path.Combine(directory, Path.GetFileName(app.Location)),
                    AppAssembly = app,
                    AppDirectory = directory,
                    WorkerMode = options.OwnProcess ? WorkerMode.Process : WorkerMode.InProcess,
                    Port = options.Port,
                    DataDirectory = options.DataDirectory ?? temporary!,
                    Settings = new Dictionary<string, string>(options.Settings, StringComparer.OrdinalIgnoreCase),
                    Args = options.Args,
                    StrictReplay = options.StrictReplay,
                    FailOnFunctionErrors = options.FailOnFunctionErrors,
                    Only = options.Functions?.ToHashSet(StringComparer.OrdinalIgnoreCase),
                    WebRoot = options.WebRoot,
                    Time = options.TimeProvider,
                    IsTest = true,
                    ConfigureAppServices = options.ConfigureServices,
                    AppConnected = provider => services = provider,
                    ConfigureHostServices = host =>
                    {
                        Capture(host, options, outputs, logs);
                        options.ConfigureHostServices?.Invoke(host);
                    },
                },
                cancellationToken);
            return new FunctionsTestHost(host, temporary, services, outputs, logs);
        }
        catch (Exception e) when (e is HostStartException or Worker.WorkerStartException)
        {
            Delete(temporary);
            throw new FunctionsTestHostException(e.Message, e);
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    /// <summary>A client whose base address is this host's.</summary>
    public HttpClient CreateClient() => new() { BaseAddress = BaseAddress };

    /// <summary>
    /// Runs a function by its name, outputs included, as if its trigger had fired; the trigger may be of a type this host does not know
    /// (Service Bus, Event Hubs, ...). A retry policy is followed, on the host's clock.
    /// HTTP functions are called with <see cref="CreateClient"/>.
    /// </summary>
    /// <param name="function">Its name.</param>
    /// <param name="data">
    /// What its trigger brings: a text as it is, all else as JSON; an activity's input is JSON always. Null brings what the trigger
    /// would make up itself, for a timer its schedule's state.
    /// </param>
    /// <param name="cancellationToken">Asks the function to stop.</param>
    /// <returns>What the function returned: a text as it is, all else as JSON; null for nothing.</returns>
    /// <exception cref="ArgumentException">There is no such function, or none that can be run like this.</exception>
    /// <exception cref="FunctionInvocationException">The function failed.</exception>
    public Task<string?> InvokeAsync(string function, object? data = null, CancellationToken cancellationToken = default) =>
        DirectInvocation.InvokeAsync(_host.Services, function, data, cancellationToken);

    /// <summary><see cref="InvokeAsync(string, object?, CancellationToken)"/> with the result read from its JSON.</summary>
    public async Task<TResult?> InvokeAsync<TResult>(string function, object? data = null, CancellationToken cancellationToken = default) =>
        DirectInvocation.Read<TResult>(await InvokeAsync(function, data, cancellationToken));

    /// <summary>Starts, steers and queries orchestrations and entities, as the app's own `[DurableClient]` does.</summary>
    public DurableTaskClient DurableTaskClient => _host.Services.GetRequiredService<DurableRoom>().Client;

    /// <summary>Waits until an orchestration has ended, however it ends.</summary>
    /// <param name="instanceId">Its id; it need not have begun, but must have been scheduled.</param>
    /// <param name="timeout">How long to wait, by the machine's clock; 30 seconds when null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Its state, with input, output and failure.</returns>
    /// <exception cref="TimeoutException">It has not ended in time; the message says what state it is in.</exception>
    public async Task<OrchestrationMetadata> WaitForInstanceAsync(
        string instanceId, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var limit = timeout ?? TimeSpan.FromSeconds(30);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            return await DurableTaskClient.WaitForInstanceCompletionAsync(instanceId, getInputsAndOutputs: true, giveUp.Token)
                .WaitAsync(limit, TimeProvider.System, cancellationToken);
        }
        catch (TimeoutException)
        {
            await giveUp.CancelAsync();
            var state = await DurableTaskClient.GetInstanceAsync(instanceId, cancellationToken);
            throw new TimeoutException(
                $"'{instanceId}' has not ended within {limit.TotalSeconds:0.#} s: it is {state?.RuntimeStatus.ToString() ?? "not there"}.");
        }
    }

    /// <summary>Stops as a SIGTERM would: running work gets its grace; done when the app has ended.</summary>
    public Task StopAsync() => _host.StopAsync();

    /// <summary>
    /// Drops everything as a killed process would: orchestrations keep what was committed and nothing else. The data directory, if
    /// one was given, can be started on again.
    /// </summary>
    public Task KillAsync() => _host.KillAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        Delete(_temporary);
    }

    private static void Capture(IServiceCollection host, FunctionsTestHostOptions options, CapturedOutputs outputs, CapturedLogs logs)
    {
        host.AddSingleton(new TestRules(new OutputCapture(options.CaptureOutputsOnly, outputs.Record)));
        host.AddSingleton<ILoggerProvider>(new LogCapture(logs));
        host.Configure<LoggerFilterOptions>(filters =>
        {
            filters.AddFilter<LogCapture>(null, options.LogLevel);
            foreach (var library in (string[])["Microsoft", "Azure", "Grpc", "Yarp"])
                filters.AddFilter<LogCapture>(library, LogLevel.Warning);
        });
    }

    private static void Delete(string? folder)
    {
        if (folder is not null && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
