using Microsoft.Extensions.DependencyInjection;
using Tasklane.Client;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Tasklane's client as a service.</summary>
public static class TasklaneClientRegistration
{
    private const string HttpName = "Tasklane";

    /// <summary>Adds one <see cref="TasklaneClient"/> for all; handlers of one's own can be added to the answer.</summary>
    public static IHttpClientBuilder AddTasklaneClient(this IServiceCollection services, Action<TasklaneClientOptions> configure) =>
        services.AddTasklaneClient((_, options) => configure(options));

    /// <summary>The same, with other services at hand.</summary>
    public static IHttpClientBuilder AddTasklaneClient(this IServiceCollection services, Action<IServiceProvider, TasklaneClientOptions> configure)
    {
        services.AddSingleton(provider =>
        {
            var options = new TasklaneClientOptions();
            configure(provider, options);
            return new TasklaneClient(provider.GetRequiredService<IHttpClientFactory>().CreateClient(HttpName), options);
        });
        // The client lives as long as the container, so its handler does; connections are renewed by themselves.
        return services.AddHttpClient(HttpName).ConfigurePrimaryHttpMessageHandler(TasklaneClient.NewHandler).SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }
}
