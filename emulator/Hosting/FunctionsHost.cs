using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Worker;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator;

/// <summary>
/// A Functions host with one app: starts the rooms and the worker in their order, and stops them in the other.
/// </summary>
internal sealed class FunctionsHost : IAsyncDisposable
{
    /// <summary>What the real host takes by default.</summary>
    private const long MaxRequestBody = 104_857_600;

    /// <summary>How long a stop waits for the worker.</summary>
    private static readonly TimeSpan _stopGrace = TimeSpan.FromSeconds(30);

    private readonly WebApplication _web;
    private readonly FunctionsHostOptions _options;
    private readonly IHostRoom[] _rooms;
    private int _stopped;

    private FunctionsHost(WebApplication web, FunctionsHostOptions options)
    {
        _web = web;
        _options = options;
        _rooms = [.. web.Services.GetServices<IHostRoom>()];
    }

    public IServiceProvider Services => _web.Services;

    public HostEnvironment Environment => Services.GetRequiredService<HostEnvironment>();

    /// <summary>Ends with a sentence when the worker has gone for good.</summary>
    public Task<string> WorkerGone => Services.GetRequiredService<WorkerSupervisor>().Gone.Task;

    /// <summary>Builds a host and starts it; done when every function is loaded and every trigger listens.</summary>
    /// <exception cref="WorkerStartException">The app does not start.</exception>
    /// <exception cref="HostStartException">The host does not: a port that is taken, a function in error, data in use.</exception>
    public static async Task<FunctionsHost> StartAsync(FunctionsHostOptions options, CancellationToken cancellationToken = default)
    {
        var host = new FunctionsHost(BuildOrSay(options), options);
        try
        {
            await host.StartAsync(cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops as a SIGTERM would: triggers first, then what runs gets its grace, then the worker.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1)
            return;
        foreach (var kind in Services.GetRequiredService<FunctionCatalog>().Kinds)
            await kind.StopAsync(CancellationToken.None);
        var worker = Services.GetRequiredService<WorkerSupervisor>();
        worker.Terminate(_stopGrace);
        foreach (var room in _rooms.Reverse())
            await room.StopAsync();
        await worker.StopAsync(_stopGrace);
        await _web.StopAsync();
    }

    /// <summary>Drops everything as a killed process would: what is not committed is lost, running work is not waited for.</summary>
    public async Task KillAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1)
            return;
        foreach (var room in _rooms)
            await room.AbandonAsync();
        var worker = Services.GetRequiredService<WorkerSupervisor>();
        worker.Terminate(TimeSpan.Zero);
        await worker.StopAsync(TimeSpan.FromSeconds(5));
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        try
        {
            await _web.StopAsync(now.Token);
        }
        catch (OperationCanceledException)
        {
            // Told to stop at once, it says that it could not wait.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _web.DisposeAsync();
    }

    // Settings that cannot be read are told as sentences.
    private static WebApplication BuildOrSay(FunctionsHostOptions options)
    {
        try
        {
            return Build(options);
        }
        catch (InvalidOperationException e)
        {
            throw new HostStartException(e.Message, e);
        }
    }

    private static WebApplication Build(FunctionsHostOptions options)
    {
        var directory = options.AppDirectory ?? Path.GetDirectoryName(Path.GetFullPath(options.AppPath))!;
        var local = options.IsTest ? LocalSettings.Empty : LocalSettings.Find(directory, Directory.GetCurrentDirectory());
        var settings = HostSettings.Configuration(local, options.Settings);
        var environment = new HostEnvironment
        {
            App = new HostedApp(Path.GetFullPath(options.AppPath), directory, options.AppAssembly),
            WorkerMode = options.WorkerMode,
            Port = options.Port ?? local.Port ?? HostEnvironment.DefaultPort,
            DataDirectory = Path.GetFullPath(options.DataDirectory),
            StrictReplay = options.StrictReplay,
            WebRoot = options.WebRoot,
            HostJson = HostJson.Read(directory, settings),
            LocalSettings = local,
            Settings = HostSettings.ForWorker(options, local, settings),
            Configuration = settings,
            Args = options.Args,
            FailOnFunctionErrors = options.FailOnFunctionErrors,
            IsTest = options.IsTest,
        };
        if (environment.Port is < 0 or > 65535)
            throw new HostStartException($"The port is a number from 0 to 65535, not {environment.Port}.");
        _ = environment.HostJson.FunctionTimeout;

        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = directory, EnvironmentName = "Development" });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddConfiguration(settings);
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = false);
        foreach (var (category, level) in environment.HostJson.HostLogLevels(options.IsTest))
            builder.Logging.AddFilter(category.Equals("Default", StringComparison.OrdinalIgnoreCase) ? null : category, level);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBody;
            kestrel.Listen(IPAddress.Loopback, environment.Port);
            kestrel.Listen(IPAddress.Loopback, options.IsTest ? 0 : HostSettings.RpcPort(settings), listen => listen.Protocols = HttpProtocols.Http2);
        });
        HostServices.Add(builder.Services, environment, options);
        options.ConfigureHostServices?.Invoke(builder.Services);
        var web = builder.Build();
        WebPipeline.Configure(web);
        return web;
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var room in _rooms)
            await room.StartAsync(cancellationToken);
        try
        {
            await _web.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            // Kestrel names the address; there are two.
            var grpc = HostSettings.RpcPort(Environment.Configuration);
            throw new HostStartException(grpc != 0 && e.Message.Contains($":{grpc}", StringComparison.Ordinal)
                ? $"Port {grpc} is unavailable. TASKLANE_EMULATOR_GRPC_PORT names it; without it the host takes a free one."
                : $"Port {Environment.Port} is unavailable. Close the process using that port, or specify another port with --port or "
                    + "TASKLANE_EMULATOR_PORT.");
        }

        var addresses = Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        Environment.BaseAddress = new UriBuilder(addresses[0]) { Host = "localhost" }.Uri;
        Environment.RpcAddress = new Uri(addresses[1]);

        foreach (var room in Services.GetServices<IWorkerSettings>())
            room.AddTo(Environment.Settings, Environment);

        var worker = Services.GetRequiredService<WorkerSupervisor>();
        var catalog = Services.GetRequiredService<FunctionCatalog>();
        await worker.StartAsync(cancellationToken);
        await catalog.LoadAsync(worker.Session, _options.Only ?? Environment.HostJson.Functions, cancellationToken);
        worker.Watch(catalog);
        var errors = catalog.Functions.Where(function => function.Error is not null).Select(function => function.ErrorSentence).ToArray();
        if (errors.Length > 0 && Environment.FailOnFunctionErrors)
            throw new HostStartException(string.Join(System.Environment.NewLine, errors));
        foreach (var room in _rooms)
            await room.WorkerReadyAsync(cancellationToken);
        foreach (var kind in catalog.Kinds)
            await kind.StartAsync(cancellationToken);
        Services.GetRequiredService<HostState>().IsRunning = true;
    }
}

/// <summary>The host cannot start; the message is for the person who started it.</summary>
internal sealed class HostStartException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A part of the host with a life of its own: the durable engine, the SignalR service. Registered in the host's container.</summary>
internal interface IHostRoom
{
    /// <summary>Before the server listens.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Once the functions are loaded, before triggers listen.</summary>
    Task WorkerReadyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After the triggers, while the worker ends what it runs.</summary>
    Task StopAsync();

    /// <summary>As if the process had been killed.</summary>
    Task AbandonAsync() => Task.CompletedTask;
}

/// <summary>Whether the host does what it should, and why not.</summary>
internal sealed class HostState
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, string> _faults = new();

    /// <summary>Every function is loaded and every trigger listens.</summary>
    public bool IsRunning { get; set; }

    /// <summary>What is wrong now, a sentence each; empty when all is well.</summary>
    public IEnumerable<string> Faults => _faults.Values;

    public bool IsHealthy => IsRunning && _faults.IsEmpty;

    /// <summary>A room says what is wrong with it, or, with null, that nothing is any more.</summary>
    public void Report(string room, string? fault)
    {
        if (fault is null)
            _faults.TryRemove(room, out _);
        else
            _faults[room] = fault;
    }
}
