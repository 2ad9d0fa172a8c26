using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Grpc;
using Microsoft.DurableTask.Testing;
using Microsoft.DurableTask.Worker;
using Microsoft.DurableTask.Worker.Grpc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Probe;
using Tasklane.Emulator.Testing;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Durable.Suite;

/// <summary>An implementation of the Durable Task protocol with the suite's orchestrators, shared by a class of facts.</summary>
public abstract class SuiteHost : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _parts = [];

    public DurableTaskClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Client = await StartAsync(null);

    /// <summary>One more of them, on a clock of its own.</summary>
    /// <returns>Its client; it ends with the fixture.</returns>
    public abstract Task<DurableTaskClient> StartAsync(TimeProvider? clock);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        for (var i = _parts.Count - 1; i >= 0; i--)
            await _parts[i].DisposeAsync();
    }

    protected TPart Keep<TPart>(TPart part)
        where TPart : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }
}

/// <summary>Functions of an app, run by the Functions worker in this process.</summary>
public class FunctionsSuiteHost : SuiteHost
{
    protected virtual bool OwnProcess => false;

    public override async Task<DurableTaskClient> StartAsync(TimeProvider? clock)
    {
        var host = Keep(await FunctionsTestHost.StartAsync<global::Probe.Program>(o =>
        {
            o.Functions = [.. typeof(DurableSuiteFunctions).GetMethods()
                .SelectMany(method => method.GetCustomAttributes(typeof(Microsoft.Azure.Functions.Worker.FunctionAttribute), false))
                .Select(function => ((Microsoft.Azure.Functions.Worker.FunctionAttribute)function).Name)];
            o.OwnProcess = OwnProcess;
            o.TimeProvider = clock;
        }));
        return host.DurableTaskClient;
    }
}

/// <summary>Functions of an app, run by the Functions worker in a process of its own.</summary>
public sealed class OwnProcessSuiteHost : FunctionsSuiteHost
{
    protected override bool OwnProcess => true;
}

/// <summary>A worker of the portable SDK that is connected to the host by gRPC.</summary>
public sealed class PortableSuiteHost : SuiteHost
{
    public override async Task<DurableTaskClient> StartAsync(TimeProvider? clock)
    {
        var host = Keep(await FunctionsTestHost.StartAsync<global::Probe.Program>(o =>
        {
            o.Functions = ["Hello"];
            o.TimeProvider = clock;
        }));
        return (await ConnectAsync(host, SuiteTasks.AddTo)).Client;
    }

    /// <summary>One more worker and client on a host.</summary>
    internal async Task<PortableWorker> ConnectAsync(FunctionsTestHost host, Action<DurableTaskRegistry> tasks) =>
        Keep(await PortableWorker.StartAsync(host, tasks));
}

/// <summary>A worker and a client of the portable SDK.</summary>
internal sealed class PortableWorker(IHost app) : IAsyncDisposable
{
    public DurableTaskClient Client => app.Services.GetRequiredService<DurableTaskClient>();

    public static async Task<PortableWorker> StartAsync(FunctionsTestHost host, Action<DurableTaskRegistry> tasks)
    {
        var address = host.HostServices.GetRequiredService<HostEnvironment>().RpcAddress!.AbsoluteUri;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddDurableTaskWorker(worker =>
        {
            worker.AddTasks(tasks);
            worker.Configure(options => options.EnableEntitySupport = true);
            worker.UseGrpc(address);
        });
        builder.Services.AddDurableTaskClient(client => client.Configure(options => options.EnableEntitySupport = true).UseGrpc(address));
        var app = builder.Build();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new PortableWorker(app);
    }

    public Task StopAsync() => app.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(CancellationToken.None);
        app.Dispose();
    }
}

/// <summary>Microsoft's own host for tests, in memory: the reference.</summary>
public sealed class ReferenceSuiteHost : SuiteHost
{
    public override async Task<DurableTaskClient> StartAsync(TimeProvider? clock) =>
        Keep(await DurableTaskTestHost.StartAsync(SuiteTasks.AddTo, new DurableTaskTestHostOptions { Port = FreePort.Next() })).Client;
}
