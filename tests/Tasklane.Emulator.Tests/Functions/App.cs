using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Tasklane.Emulator.Tests.Functions;

/// <summary>A small function app for one test: an ordinary start-up, with only the given classes' functions.</summary>
internal static class App
{
    public static Task<EmulatorHost> StartAsync(params Type[] functions) => StartAsync(null, null, functions);

    public static Task<EmulatorHost> StartAsync(
        Action<FunctionsApplicationBuilder>? configure, Action<EmulatorOptions>? options, params Type[] functions)
    {
        var settings = new EmulatorOptions { FunctionTypes = functions };
        options?.Invoke(settings);
        return EmulatorHost.StartAsync(
            args =>
            {
                var builder = FunctionsApplication.CreateBuilder(args);
                builder.ConfigureFunctionsWebApplication();
                configure?.Invoke(builder);
                builder.Build().Run();
            },
            settings,
            TestContext.Current.CancellationToken);
    }
}
