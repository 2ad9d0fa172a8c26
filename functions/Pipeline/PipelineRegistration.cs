using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>What the pipeline needs from the container.</summary>
public static class PipelineRegistration
{
    public static IServiceCollection AddPipeline(this IServiceCollection services)
    {
        services.AddSingleton<WorkerIdentity>();
        services.AddSingleton<Heartbeat>();
        services.AddHostedService(provider => provider.GetRequiredService<Heartbeat>());
        services.AddSingleton<Sweeper>();
        services.AddHostedService(provider => provider.GetRequiredService<Sweeper>());
        services.AddSingleton<TaskRunner>();
        services.AddSingleton<OutboxBatches>();
        return services;
    }
}
