using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Functions;

namespace Microsoft.Extensions.Hosting;

/// <summary>The start of an app on HostBuilder, with the worker's own HTTP types.</summary>
public static class WorkerHostBuilderExtensions
{
    public static IHostBuilder ConfigureFunctionsWorkerDefaults(this IHostBuilder builder) =>
        builder.ConfigureFunctionsWorkerDefaults(static (IFunctionsWorkerApplicationBuilder _) => { });

    public static IHostBuilder ConfigureFunctionsWorkerDefaults(
        this IHostBuilder builder, Action<WorkerOptions> configureOptions) =>
        builder.ConfigureFunctionsWorkerDefaults(static (IFunctionsWorkerApplicationBuilder _) => { }, configureOptions);

    public static IHostBuilder ConfigureFunctionsWorkerDefaults(
        this IHostBuilder builder, Action<IFunctionsWorkerApplicationBuilder> configure) =>
        builder.ConfigureFunctionsWorkerDefaults(configure, null);

    public static IHostBuilder ConfigureFunctionsWorkerDefaults(
        this IHostBuilder builder, Action<HostBuilderContext, IFunctionsWorkerApplicationBuilder> configure) =>
        builder.ConfigureFunctionsWorkerDefaults(configure, null);

    public static IHostBuilder ConfigureFunctionsWorkerDefaults(
        this IHostBuilder builder, Action<IFunctionsWorkerApplicationBuilder> configure, Action<WorkerOptions>? configureOptions)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return builder.ConfigureFunctionsWorkerDefaults((_, worker) => configure(worker), configureOptions);
    }

    public static IHostBuilder ConfigureFunctionsWorkerDefaults(
        this IHostBuilder builder,
        Action<HostBuilderContext, IFunctionsWorkerApplicationBuilder> configure,
        Action<WorkerOptions>? configureOptions)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        return EmulatorBuilder.Configure(builder, aspNetCore: false, (context, services) =>
            configure(context, services.AddFunctionsWorkerDefaults(configureOptions)));
    }
}

/// <summary>The start of an app on HostBuilder, with ASP.NET Core's HTTP types.</summary>
public static class FunctionsHostBuilderExtensions
{
    public static IHostBuilder ConfigureFunctionsWebApplication(this IHostBuilder builder) =>
        builder.ConfigureFunctionsWebApplication(static (IFunctionsWorkerApplicationBuilder _) => { });

    public static IHostBuilder ConfigureFunctionsWebApplication(
        this IHostBuilder builder, Action<IFunctionsWorkerApplicationBuilder> configureWorker)
    {
        ArgumentNullException.ThrowIfNull(configureWorker);
        return builder.ConfigureFunctionsWebApplication((_, worker) => configureWorker(worker));
    }

    public static IHostBuilder ConfigureFunctionsWebApplication(
        this IHostBuilder builder, Action<HostBuilderContext, IFunctionsWorkerApplicationBuilder> configureWorker)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configureWorker);
        return EmulatorBuilder.Configure(builder, aspNetCore: true, (context, services) =>
            configureWorker(context, services.AddFunctionsWorkerDefaults()));
    }
}
