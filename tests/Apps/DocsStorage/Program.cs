using DocsStorage;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var host = new HostBuilder()
    .ConfigureFunctionsWebApplication()
    .ConfigureServices((context, services) =>
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IRates, FixedRates>();
        services.Configure<ShopOptions>(context.Configuration.GetSection("Shop"));
    })
    .Build();

await host.RunAsync();
