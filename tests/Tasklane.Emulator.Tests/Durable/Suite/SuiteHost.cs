using Grpc.Net.Client;
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

/// <param name="Clock">The host's; null for the machine's.</param>
/// <param name="Versions">Null for workers that heed none.</param>
public sealed record SuiteSettings(TimeProvider? Clock = null, SuiteVersions? Versions = null);

/// <param name="Version">The worker's, and the one given to orchestrations that have none.</param>
/// <param name="Match">None, Strict or CurrentOrOlder.</param>
/// <param name="Failure">Reject or Fail.</param>
public sealed record SuiteVersions(string? Version, string Match, string Failure)
{
    internal DurableTaskWorkerOptions.VersioningOptions Options => new()
    {
        Version = Version ?? "",
        DefaultVersion = Version ?? "",
        MatchStrategy = Enum.Parse<DurableTaskWorkerOptions.VersionMatchStrategy>(Match),
        FailureStrategy = Enum.Parse<DurableTaskWorkerOptions.VersionFailureStrategy>(Failure),
    };
}

/// <summary>An implementation of the Durable Task protocol with the suite's orchestrators, shared by a class of facts.</summary>
public abstract class SuiteHost : IAsyncLifetime
{
    private SuiteApp? _shared;

    public DurableTaskClient Client => _shared!.Client;

    public async ValueTask InitializeAsync() => _shared = await StartAsync(new SuiteSettings());

    /// <summary>One more of them, with settings of its own.</summary>
    public abstract Task<SuiteApp> StartAsync(SuiteSettings settings);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_shared is not null)
            await _shared.DisposeAsync();
    }
}

/// <param name="Client">Of what runs.</param>
/// <param name="Parts">What ends with it, the last first.</param>
public sealed record SuiteApp(DurableTaskClient Client, params IReadOnlyList<IAsyncDisposable> Parts) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        foreach (var part in Parts.Reverse())
            await part.DisposeAsync();
    }
}

/// <summary>Functions of an app, run by the Functions worker in this process.</summary>
public class FunctionsSuiteHost : SuiteHost
{
    protected virtual bool OwnProcess => false;

    public override async Task<SuiteApp> StartAsync(SuiteSettings settings)
    {
        var host = await FunctionsTestHost.StartAsync<global::Probe.Program>(o =>
        {
            const string HostJson = "AzureFunctionsJobHost__extensions__durableTask__";
            if (settings.Versions is { } versions)
            {
                o.Settings[HostJson + "versionMatchStrategy"] = versions.Match;
                o.Settings[HostJson + "versionFailureStrategy"] = versions.Failure;
                if (versions.Version is { } version)
                    o.Settings[HostJson + "defaultVersion"] = version;
            }

            o.Functions = [.. typeof(DurableSuiteFunctions).GetMethods()
                .SelectMany(method => method.GetCustomAttributes(typeof(Microsoft.Azure.Functions.Worker.FunctionAttribute), false))
                .Select(function => ((Microsoft.Azure.Functions.Worker.FunctionAttribute)function).Name)];
            o.OwnProcess = OwnProcess;
            o.TimeProvider = settings.Clock;
        });
        return new SuiteApp(host.DurableTaskClient, host);
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
    public override async Task<SuiteApp> StartAsync(SuiteSettings settings)
    {
        var host = await FunctionsTestHost.StartAsync<global::Probe.Program>(o =>
        {
            o.Functions = ["Hello"];
            o.TimeProvider = settings.Clock;
        });
        var worker = await PortableWorker.StartAsync(host, settings.Versions);
        return new SuiteApp(worker.Client, host, worker);
    }
}

/// <summary>A worker and a client of the portable SDK.</summary>
internal sealed class PortableWorker(IHost app, GrpcChannel channel) : IAsyncDisposable
{
    public DurableTaskClient Client => app.Services.GetRequiredService<DurableTaskClient>();

    public static async Task<PortableWorker> StartAsync(FunctionsTestHost host, SuiteVersions? versions)
    {
        // As Microsoft's packages for its own service do: a client of gRPC takes no message over 4 MB otherwise.
        var channel = GrpcChannel.ForAddress(
            host.HostServices.GetRequiredService<HostEnvironment>().RpcAddress!, new GrpcChannelOptions { MaxReceiveMessageSize = null });
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddDurableTaskWorker(worker =>
        {
            worker.AddTasks(SuiteTasks.AddTo);
            worker.Configure(options => options.EnableEntitySupport = true);
            if (versions is not null)
                worker.UseVersioning(versions.Options);
            worker.UseGrpc(channel);
        });
        builder.Services.AddDurableTaskClient(client => client.Configure(options =>
        {
            options.EnableEntitySupport = true;
            options.DefaultVersion = versions?.Version ?? "";
        }).UseGrpc(channel));
        var app = builder.Build();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new PortableWorker(app, channel);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(CancellationToken.None);
        app.Dispose();
        channel.Dispose();
    }
}

/// <summary>Microsoft's own host for tests, in memory: the reference.</summary>
public sealed class ReferenceSuiteHost : SuiteHost
{
    public override async Task<SuiteApp> StartAsync(SuiteSettings settings)
    {
        var host = await DurableTaskTestHost.StartAsync(SuiteTasks.AddTo, new DurableTaskTestHostOptions
        {
            Port = FreePort.Next(),
            ConfigureServices = services =>
            {
                services.Configure<DurableTaskWorkerOptions>(options => options.Versioning = settings.Versions?.Options);
                services.Configure<DurableTaskClientOptions>(options => options.DefaultVersion = settings.Versions?.Version ?? "");
            },
        });
        return new SuiteApp(host.Client, host);
    }
}
