using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Http;

namespace Tasklane.Emulator.Functions;

/// <summary>The two ways an app builds its host, both ending in the same emulator.</summary>
internal static class EmulatorBuilder
{
    private const string Marker = "Tasklane.Emulator";

    /// <summary>For FunctionsApplication.CreateBuilder.</summary>
    public static WebApplicationBuilder Create(string[] args)
    {
        var launch = EmulatorLaunch.Current;
        var local = EmulatorSettings.Apply(launch);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            Args = args,
            EnvironmentName = EmulatorSettings.EnvironmentName(),
            ContentRootPath = AppContext.BaseDirectory,
        });
        AddConfiguration(builder.Configuration, launch);
        EmulatorServices.Add(builder.Services, local);
        return builder;
    }

    /// <summary>For FunctionsApplicationBuilder.Build.</summary>
    public static IHost Build(WebApplicationBuilder builder)
    {
        EmulatorServices.AddLast(builder.Services);
        var app = builder.Build();
        WebPipeline.Configure(app);
        return app;
    }

    /// <summary>For the older HostBuilder; calling it twice adds only what <paramref name="services"/> says.</summary>
    public static IHostBuilder Configure(
        IHostBuilder builder, bool aspNetCore, Action<HostBuilderContext, IServiceCollection> services)
    {
        if (builder.Properties.TryAdd(Marker, Marker))
            ConfigureOnce(builder, aspNetCore);
        return builder.ConfigureServices(services);
    }

    private static void ConfigureOnce(IHostBuilder builder, bool aspNetCore)
    {
        var launch = EmulatorLaunch.Current;
        var local = EmulatorSettings.Apply(launch);
        builder.UseContentRoot(AppContext.BaseDirectory);
        builder.UseEnvironment(EmulatorSettings.EnvironmentName());
        builder.ConfigureAppConfiguration(configuration =>
        {
            configuration.AddEnvironmentVariables();
            AddConfiguration(configuration, launch);
        });
        builder.ConfigureLogging((context, logging) => logging
            .AddConfiguration(context.Configuration.GetSection("Logging"))
            .AddConsole());
        builder.ConfigureServices(s =>
        {
            s.AddSingleton(new WorkerMode(aspNetCore));
            EmulatorServices.Add(s, local);
        });
        builder.ConfigureWebHost(web => web.UseKestrelCore().Configure(WebPipeline.Configure));
        builder.UseServiceProviderFactory(context => new LastWord(new ServiceProviderOptions
        {
            ValidateScopes = context.HostingEnvironment.IsDevelopment(),
            ValidateOnBuild = context.HostingEnvironment.IsDevelopment(),
        }));
    }

    private static void AddConfiguration(IConfigurationBuilder configuration, EmulatorLaunch? launch)
    {
        var settings = new ConfigurationBuilder().AddEnvironmentVariables();
        if (launch is not null)
        {
            settings.AddInMemoryCollection(EmulatorSettings.Of(launch));
            configuration.AddInMemoryCollection(EmulatorSettings.Of(launch));
        }
        var known = settings.Build();
        configuration.AddInMemoryCollection([EmulatorSettings.InstanceId(known, launch)]);
        // host.json's log levels lie below everything the app itself says about logging.
        var hostJson = HostJson.Read(AppContext.BaseDirectory, known);
        configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = EmulatorSettings.LogLevels(hostJson, launch),
        });
    }

    /// <summary>HostBuilder has no other moment that is after all the app's registrations.</summary>
    private sealed class LastWord(ServiceProviderOptions options) : IServiceProviderFactory<IServiceCollection>
    {
        private readonly DefaultServiceProviderFactory _default = new(options);

        public IServiceCollection CreateBuilder(IServiceCollection services)
        {
            EmulatorServices.AddLast(services);
            return services;
        }

        public IServiceProvider CreateServiceProvider(IServiceCollection containerBuilder) =>
            _default.CreateServiceProvider(containerBuilder);
    }
}
