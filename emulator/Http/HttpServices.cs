using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Http.Keys;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Http;

/// <summary>HTTP functions, the host's own API, its keys, and who may speak to it.</summary>
internal static class HttpServices
{
    public static IServiceCollection AddHttp(this IServiceCollection services)
    {
        services.AddRouting();
        return services
            .AddSingleton<HttpTriggers>()
            .AddSingleton<ITriggerKind>(provider => provider.GetRequiredService<HttpTriggers>())
            .AddSingleton<HostKeys>()
            .AddSingleton<IHostRoom>(provider => provider.GetRequiredService<HostKeys>())
            .AddSingleton<IHostRoom, ExtensionKeys>()
            .AddSingleton<KeyGate>()
            .AddSingleton<IHostEndpoints, KeyEndpoints>()
            .AddSingleton<IHostEndpoints, AdminEndpoints>()
            .AddSingleton<RequestErrors>()
            .AddSingleton<LocalOnly>();
    }
}
