using Microsoft.Extensions.Azure;
using Microsoft.Extensions.DependencyInjection;

namespace Tasklane.Live;

/// <summary>What this room needs from the container.</summary>
public static class LiveRegistration
{
    public static IServiceCollection AddLive(this IServiceCollection services)
    {
        services.AddHttpClient(nameof(Watchers)).RemoveAllLoggers(); // four lines for every batch
        services.AddHttpClient(nameof(HubKeys), client => client.Timeout = TimeSpan.FromSeconds(10));
        services.AddAzureClientsCore(); // for the credential of a service without keys
        return services.AddSingleton<WatchPass>().AddSingleton<HubTokens>().AddSingleton<Watchers>();
    }
}
