using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Problems;

namespace Tasklane.Live;

/// <summary>How a client comes to the hub: negotiate by HTTP, then subscribe over the connection.</summary>
public sealed class LiveApi(WatchPass passes, HubTokens tokens)
{
    /// <summary>
    /// <c>POST /api/negotiate</c>: where the hub is and a token for it, for the verified caller. Not by the connection info binding:
    /// its user id would come from a header by an expression, and where nobody has signed in that fails before any code of ours runs.
    /// </summary>
    [Function("Negotiate")]
    [QueryParameters("negotiateVersion")]
    public async Task<IResult> Negotiate([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/negotiate")] HttpRequest request)
    {
        var (url, token) = await tokens.IssueAsync(request.GetCaller().Id, request.Host, request.HttpContext.RequestAborted);
        return new JsonAnswer<(string Url, string Token)>(StatusCodes.Status200OK, (url, token), static (json, info) =>
        {
            json.WriteStartObject();
            json.WriteString("url"u8, info.Url);
            json.WriteString("accessToken"u8, info.Token);
            json.WriteEndObject();
        });
    }

    /// <summary><c>GET /api/live/pass</c>: lets the connection of somebody who may see everything subscribe to everybody's events, for ten minutes.</summary>
    [Function("WatchPass"), Authorize(Roles = AccessRoles.Seers)]
    public IResult Pass([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/live/pass")] HttpRequest request)
    {
        var caller = request.GetCaller();
        return new JsonAnswer<string>(StatusCodes.Status200OK, passes.Issue(caller.Id), static (json, pass) =>
        {
            json.WriteStartObject();
            json.WriteString("pass"u8, pass);
            json.WriteNumber("expiresInSeconds"u8, (int)WatchPass.Lifetime.TotalSeconds);
            json.WriteEndObject();
        });
    }

    /// <summary>
    /// Scope "mine" is what every connection has from its start, so there is nothing to do; "all" is everybody's tasks, for
    /// admins, and needs a pass.
    /// </summary>
    [Function("Subscribe")]
    [SignalROutput(HubName = Hub.Name)]
    public SignalRGroupAction? Subscribe(
        [SignalRTrigger(Hub.Name, "messages", "subscribe")] SignalRInvocationContext invocation) =>
        Argument(invocation, 0) switch
        {
            "mine" => null,
            "all" when passes.Admits(invocation.UserId, Argument(invocation, 1)) => Group(invocation, SignalRGroupActionType.Add, Hub.Watchers),
            "all" => throw new UnauthorizedAccessException("Scope 'all' needs a pass: GET /api/live/pass as an admin, and send it as the second argument."),
            var scope => throw UnknownScope(scope),
        };

    /// <summary>Ends what <see cref="Subscribe"/> began.</summary>
    [Function("Unsubscribe")]
    [SignalROutput(HubName = Hub.Name)]
    public SignalRGroupAction? Unsubscribe(
        [SignalRTrigger(Hub.Name, "messages", "unsubscribe")] SignalRInvocationContext invocation) =>
        Argument(invocation, 0) switch
        {
            "mine" => null,
            "all" => Group(invocation, SignalRGroupActionType.Remove, Hub.Watchers),
            var scope => throw UnknownScope(scope),
        };

    // Not bound to parameters: the hub would then insist on their exact number, and "mine" needs no pass.
    private static string? Argument(SignalRInvocationContext invocation, int index) =>
        invocation.Arguments is { } arguments && index < arguments.Length ? arguments[index]?.ToString() : null;

    private static ArgumentException UnknownScope(string? scope) => new($"Scope '{scope}' is not known; it is 'mine' or 'all'.");

    private static SignalRGroupAction Group(SignalRInvocationContext invocation, SignalRGroupActionType action, string group) =>
        new(action) { ConnectionId = invocation.ConnectionId, GroupName = group };
}
