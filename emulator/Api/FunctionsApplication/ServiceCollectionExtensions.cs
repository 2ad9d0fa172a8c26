using Microsoft.Azure.Functions.Worker;
using Tasklane.Emulator.Functions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the worker to services. The real packages split this class over two assemblies.</summary>
public static class ServiceCollectionExtensions
{
    public static IFunctionsWorkerApplicationBuilder AddFunctionsWorkerCore(
        this IServiceCollection services, Action<WorkerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
            services.Configure(configure);
        return new WorkerApplicationBuilder(services);
    }

    public static IFunctionsWorkerApplicationBuilder AddFunctionsWorkerDefaults(
        this IServiceCollection services, Action<WorkerOptions>? configure = null) => services.AddFunctionsWorkerCore(configure);
}
