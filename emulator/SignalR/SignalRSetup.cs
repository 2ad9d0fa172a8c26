using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Http.Keys;
using Tasklane.Emulator.Inspector;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.SignalR;

/// <summary>The room's services.</summary>
internal static class SignalRSetup
{
    /// <summary>
    /// The service, its client endpoint and REST API, the bindings, and the webhook for a service elsewhere.
    /// </summary>
    public static IServiceCollection AddSignalRService(this IServiceCollection services)
    {
        services.AddConnections();
        services.AddSingleton<SignalRServiceOptions>();
        services.AddSingleton(s => ServiceKey.Load(
            s.GetRequiredService<IConfiguration>()[ServiceKey.DefaultSetting],
            s.GetRequiredService<HostEnvironment>().DataDirectory,
            sentence => s.GetRequiredService<ILogger<ServiceKey>>().LogWarning("{Sentence}", sentence)));
        services.AddSingleton(s => new AccessTokens(
            s.GetRequiredService<ServiceKey>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<SignalRService>();
        services.AddSingleton<Upstream>();
        services.AddSingleton<BindingHub>();
        services.AddSingleton<ConnectionInfos>();
        services.AddSingleton<ITriggerKind, SignalRTriggers>();
        services.AddSingleton<SignalRConnectionInfoInput>();
        services.AddSingleton<IInputKind>(s => s.GetRequiredService<SignalRConnectionInfoInput>());
        services.AddSingleton<IInputKind, SignalRNegotiationInput>();
        services.AddSingleton<IInputKind, SignalREndpointsInput>();
        services.AddSingleton<IOutputKind, SignalROutput>();
        services.AddSingleton<IWorkerSettings, SignalRConnectionString>();
        services.AddSingleton<IHostEndpoints, ClientEndpoint>();
        services.AddSingleton<IHostEndpoints, RestApi>();
        services.AddSingleton(new ExtensionWebhook("signalr", "signalRTrigger"));
        services.AddSingleton<IHostEndpoints, UpstreamWebhook>();
        services.AddSingleton<IInspectorSection, ConnectionSection>();
        return services;
    }
}
