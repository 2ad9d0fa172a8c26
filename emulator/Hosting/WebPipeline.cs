using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Auth;
using Tasklane.Emulator.Durable.Rpc;
using Tasklane.Emulator.Http;
using Tasklane.Emulator.Site;
using Tasklane.Emulator.Worker.OwnProcess;

namespace Tasklane.Emulator;

/// <summary>What a request passes through.</summary>
internal static class WebPipeline
{
    public static void Configure(WebApplication app)
    {
        var environment = app.Services.GetRequiredService<HostEnvironment>();
        app.Use(app.Services.GetRequiredService<LocalOnly>().Wrap);
        var cors = new CorsRules(environment.LocalSettings);
        if (!cors.IsEmpty)
            app.Use(cors.Wrap);
        app.Use(app.Services.GetRequiredService<Authentication>().Wrap);
        app.UseWebSockets();
        app.UseRouting();
        app.Use(NoMethodNotAllowed);
        if (environment.WebRoot is { } site)
            StaticSite.Use(app, site);
        IEndpointRouteBuilder endpoints = app;
        endpoints.MapGrpcService<FunctionRpcService>();
        endpoints.MapGrpcService<SidecarService>();
        foreach (var part in app.Services.GetServices<IHostEndpoints>())
            part.Map(endpoints);
        endpoints.DataSources.Add(app.Services.GetRequiredService<HttpTriggers>());
    }

    /// <summary>A method no function takes is 404 in the real host, where ASP.NET Core would say 405.</summary>
    private static RequestDelegate NoMethodNotAllowed(RequestDelegate next) => http =>
    {
        if (http.GetEndpoint() is { } endpoint && endpoint is not RouteEndpoint)
            http.SetEndpoint(null);
        return next(http);
    };
}
