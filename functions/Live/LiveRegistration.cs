using Microsoft.Extensions.DependencyInjection;

namespace Tasklane.Live;

/// <summary>What this room needs from the container.</summary>
public static class LiveRegistration
{
    public static IServiceCollection AddLive(this IServiceCollection services)
    {
        services.AddHttpClient(nameof(Watchers)).RemoveAllLoggers(); // four lines for every batch
        return services.AddSingleton<WatchPass>().AddSingleton<HubTokens>().AddSingleton<Watchers>();
    }
}
