using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace Tasklane.Emulator.SignalR;

/// <summary>
/// `/client/?hub=NAME` and `/client/negotiate`: every transport of ASP.NET Core, behind a check of the access token.
/// </summary>
internal sealed class ClientEndpoint(SignalRService service, AccessTokens tokens) : IHostEndpoints
{
    /// <summary>Where clients of a hub connect; their tokens' audience as well.</summary>
    /// <param name="service">Scheme, host and port.</param>
    public static string UrlOf(string service, Hub hub) => $"{service}/client/?hub={hub.Name}";

    public void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapConnectionHandler<ClientConnectionHandler>("/client", options =>
        {
            // A closing WebSocket waits this long for the client's half of the goodbye; a crashed one never sends it.
            options.WebSockets.CloseTimeout = TimeSpan.FromSeconds(2);
        }).Add(endpoint =>
        {
            var next = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context => AnswerAsync(context, next);
        });

    private async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        AllowOrigin(context);
        if (HttpMethods.IsOptions(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        if (service.IsStopping)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }
        var hub = context.Request.Query["hub"].ToString();
        if (!HubName.IsValid(hub))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync($"The query parameter 'hub' is missing or wrong. {HubName.Rule}");
            return;
        }
        if (await tokens.ValidateAsync(Bearer.Of(context.Request), uri => IsFor(uri, hub)) is not { } identity)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return;
        }
        // The dispatcher lets only the same user go on with a connection, and knows users by this claim.
        if (AccessTokens.UserIdOf(identity) is { } user && !identity.HasClaim(c => c.Type == ClaimTypes.NameIdentifier))
            identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, user));
        context.User = new ClaimsPrincipal(identity);
        await next(context);
    }

    /// <summary>
    /// The token opens this hub. Only path and hub are compared: behind a forwarded port our own address is not
    /// the one clients use, and the signature already says that the token is for this service.
    /// </summary>
    private static bool IsFor(Uri audience, string hub) =>
        audience.AbsolutePath.TrimEnd('/').Equals("/client", StringComparison.OrdinalIgnoreCase)
        && QueryHub(audience) is { } name && name.Equals(hub, StringComparison.OrdinalIgnoreCase);

    private static string? QueryHub(Uri uri) =>
        QueryHelpers.ParseQuery(uri.Query).TryGetValue("hub", out var hub) ? hub.ToString() : null;

    /// <summary>Pages of any origin may connect, as the real service allows by default: the token is the guard.</summary>
    private static void AllowOrigin(HttpContext context)
    {
        var request = context.Request.Headers;
        var origin = request.Origin.ToString();
        if (origin.Length == 0)
            return;
        var response = context.Response.Headers;
        response.AccessControlAllowOrigin = origin;
        response.AccessControlAllowCredentials = "true";
        response.Vary = "Origin";
        if (request.AccessControlRequestHeaders.Count > 0)
            response.AccessControlAllowHeaders = request.AccessControlRequestHeaders;
        if (request.AccessControlRequestMethod.Count > 0)
            response.AccessControlAllowMethods = "GET, POST, DELETE, OPTIONS";
    }
}
