using System.Reflection;
using Google.Protobuf;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Tasklane.Emulator.Worker.InProcess.Sdk;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker.InProcess;

/// <summary>
/// Runs the app in this process: its own entry point on a thread of its own, messages handed over in memory, HTTP requests handed to
/// its pipeline without a second server.
/// </summary>
internal sealed class InProcessTransport(HostEnvironment environment, InProcessOptions options) : IWorkerTransport
{
    // The entry assembly and the app's folder are one per process while a worker starts.
    private static readonly SemaphoreSlim _starting = new(1, 1);

    private readonly InProcessServer _server = new();
    private readonly TaskCompletionSource<string?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action<StreamingMessage>? _send;
    private IServiceProvider? _services;

    // Taken while the container lives: an app that was told to end may have disposed of it before it is told again.
    private IHostApplicationLifetime? _lifetime;
    private int _holdsStart;

    public Task<string?> Ended => _ended.Task;

    /// <summary>The app's container, as its start-up code filled it.</summary>
    public IServiceProvider Services => _services ?? throw new InvalidOperationException("The worker has not started.");

    /// <summary>What the app's entry point returned, where it returns a number.</summary>
    public int? ExitCode { get; private set; }

    public async Task StartAsync(Action<StreamingMessage> receive, CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        _holdsStart = 1;
        var app = environment.App.Assembly ?? AppAssemblies.Load(environment.App.Path);
        var entryPoint = app.EntryPoint
            ?? throw new WorkerStartException($"{app.GetName().Name} has no entry point, so it is no isolated function app.");
        Assembly.SetEntryAssembly(app);
        Environment.SetEnvironmentVariable("FUNCTIONS_APPLICATION_DIRECTORY", environment.App.Directory);
        Environment.SetEnvironmentVariable("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated");

        // Which environment it is, an app asks before anything of ours can answer.
        Environment.SetEnvironmentVariable("AZURE_FUNCTIONS_ENVIRONMENT", environment.Settings["AZURE_FUNCTIONS_ENVIRONMENT"]);
        Environment.SetEnvironmentVariable("FUNCTIONS_WORKER_DIRECTORY", environment.App.Directory);
        var sdk = WorkerSdk.Load();

        var thread = new Thread(() => Run(entryPoint, sdk, receive)) { IsBackground = true, Name = "function app" };
        thread.Start();
        var first = await Task.WhenAny(_connected.Task, _ended.Task).WaitAsync(cancellationToken);
        if (first == _ended.Task)
            throw new WorkerStartException(await _ended.Task ?? "The app ended without starting a Functions worker.");
        await _connected.Task;
    }

    public async Task LoadedAsync(bool takesHttp, CancellationToken cancellationToken)
    {
        if (takesHttp)
        {
            // The routes of the worker's pipeline are made when they are first asked for, from the folder that the environment names
            // then: that must still be this app's.
            await Task.WhenAny(_server.Started, _ended.Task).WaitAsync(cancellationToken);
            if (_server.Started.IsCompleted)
                _ = Services.GetService<EndpointDataSource>()?.Endpoints;
        }

        ReleaseStart();
    }

    public void Send(StreamingMessage message)
    {
        if (!_ended.Task.IsCompleted)
            _send?.Invoke(message);
    }

    public Task ForwardAsync(HttpContext http)
    {
        http.SetEndpoint(null);
        return _server.ProcessAsync(new HandedOverFeatures(http.Features));
    }

    public async Task StopAsync(TimeSpan grace)
    {
        _lifetime?.StopApplication();
        await Task.WhenAny(_ended.Task, Task.Delay(grace, TimeProvider.System));
    }

    public ValueTask DisposeAsync()
    {
        ReleaseStart();
        return ValueTask.CompletedTask;
    }

    private void Run(MethodInfo entryPoint, WorkerSdk sdk, Action<StreamingMessage> receive)
    {
        HostBuildingHook.Set(builder => Configure(builder, sdk, receive));
        try
        {
            var arguments = entryPoint.GetParameters().Length == 0 ? null : new object[] { Arguments() };
            var result = entryPoint.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null);
            (result as Task)?.GetAwaiter().GetResult();
            ExitCode = result as int? ?? (result as Task<int>)?.Result;
            _ended.TrySetResult(_services is null
                ? $"The app ended without starting a Functions worker{(ExitCode is { } code ? $", with exit code {code}" : "")}."
                : null);
        }
        catch (Exception e)
        {
            _ended.TrySetResult($"The app ended with {e.GetType().Name}: {e.Message}{Environment.NewLine}{e.StackTrace}");
        }
    }

    // Settings as arguments too: what an app reads before it builds its host does not see the hook's.
    private string[] Arguments() =>
        [.. environment.Args, .. environment.Settings.Select(setting => $"--{Key(setting.Key)}={setting.Value}")];

    private void Configure(IHostBuilder builder, WorkerSdk sdk, Action<StreamingMessage> receive)
    {
        builder.ConfigureAppConfiguration(configuration =>
        {
            // Below everything the app itself says.
            configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
            {
                InitialData = environment.HostJson.WorkerLogLevels,
            });
            configuration.AddInMemoryCollection(environment.Settings
                .Select(setting => KeyValuePair.Create(Key(setting.Key), (string?)setting.Value)));
            configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Functions:Worker:HostEndpoint"] = "http://127.0.0.1:1",
                ["Functions:Worker:WorkerId"] = Guid.NewGuid().ToString(),
                ["Functions:Worker:RequestId"] = Guid.NewGuid().ToString(),
                ["Functions:Worker:GrpcMaxMessageLength"] = "2147483647",
            });
        });
        builder.ConfigureServices(services =>
        {
            services.RemoveAll<IServer>();
            services.AddSingleton<IServer>(_server);
            services.RemoveAll<IHostLifetime>();
            services.AddSingleton<IHostLifetime, NoLifetime>();
            sdk.ReplaceClient(services, (provider, send) =>
            {
                _services = provider;
                _lifetime = provider.GetRequiredService<IHostApplicationLifetime>();
                _send = send;
                options.Connected?.Invoke(provider);
                _connected.TrySetResult();
                return message => receive(sdk.Codec.ToHost(message));
            });
            options.ConfigureServices?.Invoke(services);
        });
    }

    private static string Key(string name) => name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);

    private void ReleaseStart()
    {
        if (Interlocked.Exchange(ref _holdsStart, 0) == 1)
            _starting.Release();
    }

    /// <summary>No console and no signals: the host says when the app ends.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>What else happens to an app's services in this process.</summary>
internal sealed class InProcessOptions
{
    /// <summary>Called after the app's own registrations: a test's replacements.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; set; }

    /// <summary>Called when the worker starts, with its container: rooms of the host reach into it here.</summary>
    public Action<IServiceProvider>? Connected { get; set; }
}
