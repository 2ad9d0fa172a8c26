using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Auth;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.Http;

/// <summary>What a request passes through, whichever way the app builds its host.</summary>
internal static class WebPipeline
{
    public static void Configure(IApplicationBuilder app)
    {
        var services = app.ApplicationServices;
        // Endpoints are mapped from what the functions turn out to be, so these are loaded first.
        services.GetRequiredService<FunctionCatalog>().Load();

        var environment = services.GetRequiredService<EmulatorEnvironment>();
        var cors = new CorsRules(environment.LocalSettings);
        if (!cors.IsEmpty)
            app.Use(cors.Wrap);
        app.Use(services.GetRequiredService<Authentication>().Wrap);
        app.UseWebSockets();
        app.UseRouting();
        app.Use(NoMethodNotAllowed);
        app.UseEndpoints(endpoints =>
        {
            foreach (var part in services.GetServices<IEmulatorEndpoints>())
                part.Map(endpoints);
        });
        if (environment.WebRoot is { } site)
            StaticSite.Use(app, site);
        app.Run(static http =>
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    /// <summary>A method no function takes is 404 in the real host, where ASP.NET Core would say 405.</summary>
    private static RequestDelegate NoMethodNotAllowed(RequestDelegate next) => http =>
    {
        if (http.GetEndpoint() is { } endpoint && endpoint is not RouteEndpoint)
            http.SetEndpoint(null);
        return next(http);
    };
}
