using Grpc.Net.Client;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Grpc;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Tests.Http;

namespace Tasklane.Emulator.Tests.Durable.Rpc;

/// <summary>A worker of the portable SDK, as a program of its own would have it, with a connection of its own.</summary>
internal sealed class PortableWorker : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly GrpcChannel _channel;

    private PortableWorker(IHost host, GrpcChannel channel)
    {
        _host = host;
        _channel = channel;
    }

    /// <param name="address">The RPC port of a host.</param>
    /// <param name="tasks">What it can run.</param>
    /// <param name="configure">Filters and limits.</param>
    public static async Task<PortableWorker> StartAsync(
        Uri address, Action<DurableTaskRegistry> tasks, Action<IDurableTaskWorkerBuilder>? configure = null)
    {
        var channel = GrpcChannel.ForAddress(address);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        builder.Services.AddDurableTaskWorker(worker =>
        {
            worker.AddTasks(tasks);
            worker.UseGrpc(channel);
            worker.Configure(options => options.EnableEntitySupport = true);
            configure?.Invoke(worker);
        });
        var host = builder.Build();
        await host.StartAsync();
        return new PortableWorker(host, channel);
    }

    /// <summary>Breaks the connection as a process that dies does.</summary>
    public void Kill() => _channel.Dispose();

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _host.StopAsync();
        _host.Dispose();
    }
}

/// <summary>A host whose app has no orchestrations, with clients of the portable SDK at its RPC port.</summary>
public sealed class PortableHost : IAsyncLifetime
{
    private FunctionsTestHost? _host;
    private GrpcChannel? _channel;

    public FunctionsTestHost Host => _host!;

    public Uri Address => Host.Host.Environment.RpcAddress!;

    public GrpcChannel Channel => _channel!;

    public DurableTaskClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync() => await StartAsync();

    public async Task StartAsync(string? data = null, bool strict = false, IReadOnlyCollection<string>? functions = null, IReadOnlyDictionary<string, string>? settings = null)
    {
        _host = await WebHost.StartAsync(typeof(global::Probe.Program).Assembly, ownProcess: false, options =>
        {
            options.Functions = functions ?? ["Hello"];
            options.DataDirectory = data;
            options.StrictReplay = strict;
            foreach (var (name, value) in settings ?? new Dictionary<string, string>())
                options.Settings[name] = value;
        });
        _channel = GrpcChannel.ForAddress(Address);
        Client = new GrpcDurableTaskClient(
            "tests",
            new GrpcDurableTaskClientOptions { Channel = _channel, EnableEntitySupport = true },
            NullLogger<GrpcDurableTaskClient>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        if (_host is not null)
            await _host.DisposeAsync();
    }
}
