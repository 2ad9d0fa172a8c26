using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Tasklane.Emulator.Auth;
using Tasklane.Emulator.Durable;
using Tasklane.Emulator.Durable.Http;
using Tasklane.Emulator.Http;
using Tasklane.Emulator.SignalR;
using Tasklane.Emulator.Timers;

namespace Tasklane.Emulator.Functions;

/// <summary>The emulator's own services, added to the app's: one container for both.</summary>
internal static class EmulatorServices
{
    public static void Add(IServiceCollection services, LocalSettings local)
    {
        // Building twice (CreateBuilder and an extension both ask for it) must not give two hosts.
        if (services.Any(s => s.ServiceType == typeof(FunctionCatalog)))
            return;

        var launch = EmulatorLaunch.Current;
        services.AddSingleton(provider => EmulatorSettings.Read(provider.GetRequiredService<IConfiguration>(), local, launch));
        services.PostConfigure<WorkerOptions>(options => options.Serializer ??= WorkerDataConverter.Default);
        _ = new WorkerApplicationBuilder(services);

        services.AddSingleton<NameResolver>();
        services.AddSingleton<WorkerDataConverter>();
        services.AddSingleton<ParameterBinder>();
        services.AddSingleton<FunctionPlanServices>();
        services.AddSingleton<WorkerPipeline>();
        services.AddSingleton<FunctionInvoker>();
        services.AddSingleton<FunctionCatalog>();
        AddHttp(services);
        AddDurable(services);
        services.AddSingleton<ITriggerKind, TimerTriggers>();
        AddAuth(services);
        services.AddSignalRService();
        services.AddSingleton<IInputBinding, ConverterBinding>();

        services.AddHostedService<EmulatorService>();
        if (launch is not null)
            services.AddSingleton(launch);
    }

    /// <summary>From now on HTTP functions use ASP.NET Core's types.</summary>
    public static void UseAspNetCore(IServiceCollection services) =>
        services.Replace(ServiceDescriptor.Singleton(new WorkerMode(AspNetCore: true)));

    /// <summary>What comes after the app's own registrations: a test's replacements, and its clock.</summary>
    public static void AddLast(IServiceCollection services)
    {
        if (EmulatorLaunch.Current is not { } launch)
            return;
        if (launch.Options.TimeProvider is { } time)
            services.Replace(ServiceDescriptor.Singleton(time));
        services.AddSingleton<IHostLifetime, InProcessLifetime>();
        launch.Options.ConfigureServices?.Invoke(services);
    }

    private static void AddDurable(IServiceCollection services)
    {
        services.AddSingleton<HttpActivity>();
        services.AddSingleton(p =>
        {
            var registry = new DurableRegistry();
            p.GetRequiredService<HttpActivity>().AddTo(registry);
            return registry;
        });
        services.AddSingleton<DurableHost>();
        services.AddSingleton<IEmulatorEndpoints, ManagementEndpoints>();
        services.AddSingleton<ITriggerKind, DurableTriggers>();
        services.AddSingleton<IInputBinding, DurableInputs>();
    }

    private static void AddAuth(IServiceCollection services)
    {
        services.AddSingleton<SessionTokens>();
        services.AddSingleton<Authentication>();
        services.AddSingleton<IEmulatorEndpoints, AuthEndpoints>();
    }

    private static void AddHttp(IServiceCollection services)
    {
        services.AddRouting();
        StaticSite.AddTo(services);
        // The executors behind IActionResult; no controllers, no views.
        services.AddMvcCore();
        services.TryAddSingleton(new WorkerMode(AspNetCore: false));
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, LoopbackOnly>();
        services.AddSingleton<HttpAnswer>();
        services.AddSingleton<HttpTriggers>();
        services.AddSingleton<ITriggerKind>(p => p.GetRequiredService<HttpTriggers>());
        services.AddSingleton<IEmulatorEndpoints>(p => p.GetRequiredService<HttpTriggers>());
        services.AddSingleton<IEmulatorEndpoints, AdminEndpoints>();
        services.AddSingleton<IInputBinding, HttpInputs>();
    }
}
