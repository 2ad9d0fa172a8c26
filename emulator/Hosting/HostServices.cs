using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tasklane.Emulator.Auth;
using Tasklane.Emulator.Durable;
using Tasklane.Emulator.Http;
using Tasklane.Emulator.Inspector;
using Tasklane.Emulator.SignalR;
using Tasklane.Emulator.Site;
using Tasklane.Emulator.Storage;
using Tasklane.Emulator.Timers;
using Tasklane.Emulator.Worker;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.InProcess;
using Tasklane.Emulator.Worker.OwnProcess;

namespace Tasklane.Emulator;

/// <summary>The host's own container: reads as a table of contents of its rooms.</summary>
internal static class HostServices
{
    public static void Add(IServiceCollection services, HostEnvironment environment, FunctionsHostOptions options)
    {
        services.AddSingleton(environment);
        services.AddSingleton(options.Time ?? TimeProvider.System);
        services.AddSingleton<HostState>();
        AddWorker(services, options);
        services.AddHttp();
        StaticSite.AddTo(services);
        services.AddDurable();
        services.AddStorage();
        services.AddSignalRService();
        services.AddTimers();
        services.AddAppServiceAuthentication();
        services.AddInspector();
    }

    private static void AddWorker(IServiceCollection services, FunctionsHostOptions options)
    {
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = int.MaxValue;
            grpc.MaxSendMessageSize = int.MaxValue;
        });
        services.AddHttpForwarder();
        services.AddSingleton<WorkerStreams>();
        services.AddSingleton<FunctionRpcService>();
        services.AddSingleton(provider => new InProcessOptions
        {
            ConfigureServices = AppServices(options),
            Connected = app =>
            {
                foreach (var room in provider.GetServices<IAppConnected>())
                    room.Connected(app);
                options.AppConnected?.Invoke(app);
            },
        });
        services.AddSingleton<InvocationJournal>();
        services.AddSingleton(provider => new WorkerLogs(provider.GetRequiredService<Microsoft.Extensions.Logging.ILoggerFactory>())
        {
            FunctionOf = provider.GetRequiredService<InvocationJournal>().FunctionOf,
        });
        services.AddSingleton<Func<IWorkerTransport>>(provider => () => provider.GetRequiredService<HostEnvironment>().WorkerMode == WorkerMode.Process
            ? ActivatorUtilities.CreateInstance<ProcessTransport>(provider)
            : ActivatorUtilities.CreateInstance<InProcessTransport>(provider));
        services.AddSingleton<WorkerSupervisor>();
        services.AddSingleton<SettingNames>();
        services.AddSingleton<FunctionCatalog>();
        services.AddSingleton<FunctionInvoker>();
    }

    // A test's clock is the app's too: both would otherwise disagree about what is due.
    private static Action<IServiceCollection> AppServices(FunctionsHostOptions options) => services =>
    {
        if (options.Time is { } time)
            services.Replace(ServiceDescriptor.Singleton(time));
        options.ConfigureAppServices?.Invoke(services);
    };
}
