using Microsoft.AspNetCore.Builder;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Functions;

namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>Where a function app begins. Here the programming model hands over to the emulator.</summary>
public class FunctionsApplication
{
    public static FunctionsApplicationBuilder CreateBuilder(string[] args) => new(EmulatorBuilder.Create(args));
}

/// <summary>Builds a function app: services, configuration, logging, middleware.</summary>
public class FunctionsApplicationBuilder : IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder
{
    private readonly WebApplicationBuilder builder;
    private readonly WorkerApplicationBuilder worker;

    internal FunctionsApplicationBuilder(WebApplicationBuilder builder)
    {
        this.builder = builder;
        worker = new WorkerApplicationBuilder(builder.Services);
    }

    public ConfigurationManager Configuration => builder.Configuration;

    public IHostEnvironment Environment => builder.Environment;

    public ILoggingBuilder Logging => builder.Logging;

    public IMetricsBuilder Metrics => builder.Metrics;

    public IDictionary<object, object> Properties => ((IHostApplicationBuilder)builder).Properties;

    public IServiceCollection Services => builder.Services;

    IConfigurationManager IHostApplicationBuilder.Configuration => builder.Configuration;

    public void ConfigureContainer<TContainerBuilder>(
        IServiceProviderFactory<TContainerBuilder> factory, Action<TContainerBuilder>? configure = null)
        where TContainerBuilder : notnull =>
        ((IHostApplicationBuilder)builder).ConfigureContainer(factory, configure);

    public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware) =>
        worker.Use(middleware);

    public IHost Build() => EmulatorBuilder.Build(builder);
}

/// <summary>Chooses ASP.NET Core's types for HTTP functions.</summary>
public static class FunctionsApplicationBuilderAspNetCoreExtensions
{
    public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        EmulatorServices.UseAspNetCore(builder.Services);
        return builder;
    }
}
