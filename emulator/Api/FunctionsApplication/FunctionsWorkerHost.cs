using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>A whole function app in one call.</summary>
public static class FunctionsWorkerHost
{
    public static void RunDefault(Action<IServiceCollection>? configureServices = null) => Build(configureServices).Run();

    public static Task RunDefaultAsync(Action<IServiceCollection>? configureService = null) => Build(configureService).RunAsync();

    private static IHost Build(Action<IServiceCollection>? configureServices) => new HostBuilder()
        .ConfigureFunctionsWorkerDefaults()
        .ConfigureServices(services => configureServices?.Invoke(services))
        .Build();
}
