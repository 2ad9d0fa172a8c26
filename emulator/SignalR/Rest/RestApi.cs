using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Tasklane.Emulator.SignalR;

/// <summary>
/// The service's REST API for other processes: `/api/hubs/...` of the dated versions and `/api/v1/hubs/...`. A call
/// carries a token for its own path, signed with the access key.
/// </summary>
internal sealed class RestApi(SignalRService service, AccessTokens tokens, SignalRServiceOptions options) : IHostEndpoints
{
    private delegate ValueTask<IResult> Operation(RestCall call);

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods("/api/v1/health", ["GET", "HEAD"], _ => Task.CompletedTask);
        // The app may have an /api/health of its own, which goes first.
        endpoints.MapMethods("/api/health", ["HEAD"], _ => Task.CompletedTask)
            .Add(endpoint => ((RouteEndpointBuilder)endpoint).Order = int.MaxValue);
        var first = endpoints.MapGroup("/api/v1/hubs/{hub}");
        MapSends(first, "");
        MapMembers(first);
        var dated = endpoints.MapGroup("/api/hubs/{hub}");
        MapSends(dated, "/:send");
        MapMembers(dated);
        MapClosing(dated);
        On(dated, "/:generateToken", ["POST"], call => new(Token(call)));
    }

    private void MapSends(IEndpointRouteBuilder hub, string suffix)
    {
        Send(hub, suffix, (call, message) => call.Hub.SendToAll(message, call.Excluded));
        Send(hub, "/users/{user}" + suffix, (call, message) => call.Hub.SendToUser(call.User, message));
        Send(hub, "/groups/{group}" + suffix, (call, message) => call.Hub.SendToGroup(call.Group, message, call.Excluded));
        Send(hub, "/connections/{connection}" + suffix, (call, message) => call.Hub.SendToConnection(call.Connection, message));
    }

    private void MapClosing(IEndpointRouteBuilder hub)
    {
        Do(hub, "/:closeConnections", "POST", call => call.Hub.CloseAll(call.Reason, call.Excluded));
        Do(hub, "/users/{user}/:closeConnections", "POST", call => call.Hub.CloseUser(call.User, call.Reason, call.Excluded));
        Do(hub, "/groups/{group}/:closeConnections", "POST", call => call.Hub.CloseGroup(call.Group, call.Reason, call.Excluded));
    }

    private void MapMembers(IEndpointRouteBuilder hub)
    {
        const string connection = "/connections/{connection}";
        Ask(hub, connection, call => call.Hub.HasConnection(call.Connection), "Warning.Connection.NotExisted");
        On(hub, connection, ["DELETE"], call => new(RestCall.Found(
            call.Hub.CloseConnection(call.Connection, call.Reason), "Warning.Connection.NotExisted")));
        Do(hub, connection + "/groups", "DELETE", call => call.Hub.RemoveConnectionFromAllGroups(call.Connection));

        const string member = "/groups/{group}/connections/{connection}";
        Ask(hub, "/groups/{group}", call => call.Hub.HasGroup(call.Group), "Warning.Group.NotExisted");
        On(hub, member, ["PUT"], call => new(RestCall.Found(
            call.Hub.AddConnectionToGroup(call.Connection, call.Group), "Error.Connection.NotExisted")));
        Do(hub, member, "DELETE", call => call.Hub.RemoveConnectionFromGroup(call.Connection, call.Group));

        Ask(hub, "/users/{user}", call => call.Hub.HasUser(call.User), "Warning.User.NotExisted");
        Do(hub, "/users/{user}/groups", "DELETE", call => call.Hub.RemoveUserFromAllGroups(call.User));
        foreach (var user in (string[])["/users/{user}/groups/{group}", "/groups/{group}/users/{user}"])
        {
            Ask(hub, user, call => call.Hub.IsUserInGroup(call.User, call.Group), "Info.User.NotInGroup");
            Do(hub, user, "PUT", call => call.Hub.AddUserToGroup(call.User, call.Group));
            Do(hub, user, "DELETE", call => call.Hub.RemoveUserFromGroup(call.User, call.Group));
        }
    }

    private IResult Token(RestCall call)
    {
        var minutes = (int)options.TokenLifetime.TotalMinutes;
        if (call.Query("minutesToExpire") is { Length: > 0 } text
            && (!int.TryParse(text, CultureInfo.InvariantCulture, out minutes) || minutes <= 0))
            return Results.Problem("minutesToExpire is a number above 0.", statusCode: StatusCodes.Status400BadRequest);
        var token = tokens.Create(call.ClientUrl, TimeSpan.FromMinutes(minutes), call.Query("userId"));
        return Results.Json(new { token });
    }

    private void Send(IEndpointRouteBuilder hub, string path, Action<RestCall, ReadOnlyMemory<byte>> send) =>
        On(hub, path, ["POST"], async call =>
        {
            if (await call.MessageAsync() is not { } message)
                return Results.Problem("The body is no message with a target.", statusCode: StatusCodes.Status400BadRequest);
            send(call, message);
            return Results.Accepted();
        });

    private void Ask(IEndpointRouteBuilder hub, string path, Predicate<RestCall> ask, string otherwise) =>
        On(hub, path, ["GET", "HEAD"], call => new(RestCall.Found(ask(call), otherwise)));

    private void Do(IEndpointRouteBuilder hub, string path, string method, Action<RestCall> act) =>
        On(hub, path, [method], call =>
        {
            act(call);
            // Only closing many connections, the one deed that is posted, answers without content.
            return new(method == "POST" ? Results.NoContent() : Results.Ok());
        });

    private void On(IEndpointRouteBuilder hub, string path, string[] methods, Operation operation) =>
        hub.MapMethods(path, methods, async http =>
        {
            var result = await AnswerAsync(http, operation);
            await result.ExecuteAsync(http);
        });

    private async ValueTask<IResult> AnswerAsync(HttpContext http, Operation operation)
    {
        if (await tokens.ValidateAsync(Bearer.Of(http.Request), uri => IsFor(uri, http.Request)) is null)
            return Results.Unauthorized();
        var hub = (string)http.Request.RouteValues["hub"]!;
        return HubName.IsValid(hub) ? await operation(new RestCall(http, service.Hub(hub)))
            : Results.Problem(HubName.Rule, statusCode: StatusCodes.Status400BadRequest);
    }

    private static bool IsFor(Uri audience, HttpRequest request) =>
        Uri.UnescapeDataString(audience.AbsolutePath).TrimEnd('/')
            .Equals(Uri.UnescapeDataString(request.Path.Value!).TrimEnd('/'), StringComparison.OrdinalIgnoreCase);
}
