using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.SignalR;

/// <summary>The room's services.</summary>
internal static class SignalRSetup
{
    /// <summary>
    /// The service, its client endpoint and REST API, and the bindings. Needs the host's EmulatorEnvironment,
    /// NameResolver, WorkerDataConverter and FunctionInvoker, and the app's IConfiguration.
    /// </summary>
    public static IServiceCollection AddSignalRService(this IServiceCollection services)
    {
        services.AddConnections();
        services.AddSingleton<SignalRServiceOptions>();
        services.AddSingleton(s => ServiceKey.Load(
            s.GetRequiredService<IConfiguration>()[ServiceKey.DefaultSetting],
            s.GetRequiredService<EmulatorEnvironment>().DataDirectory));
        services.AddSingleton(s => new AccessTokens(
            s.GetRequiredService<ServiceKey>(), s.GetRequiredService<EmulatorEnvironment>().Time));
        services.AddSingleton<SignalRService>();
        services.AddSingleton<Upstream>();
        services.AddSingleton<BindingHub>();
        services.AddSingleton<ConnectionInfos>();
        services.AddSingleton<HubActions>();
        services.AddSingleton<ITriggerKind, SignalRTriggers>();
        services.AddSingleton<IInputBinding, SignalRInputs>();
        services.AddSingleton<IOutputBinding, SignalROutput>();
        services.AddSingleton<IEmulatorEndpoints, ClientEndpoint>();
        services.AddSingleton<IEmulatorEndpoints, RestApi>();
        return services;
    }
}
