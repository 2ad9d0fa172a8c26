using System.Reflection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http;

/// <summary>Addresses and methods below /api that no function has, so that they too are told as problem documents.</summary>
public sealed class UnknownRouteApi
{
    private static readonly IReadOnlyList<(TemplateMatcher Template, string[] Methods)> Routes = FindRoutes();

    /// <summary>Named so that it comes last: the Functions host tries routes in the order of the functions' names.</summary>
    [Function("ZzUnknownRoute")]
    [AllowAnonymous] // which methods a route has, anybody may know; the rest, only who has signed in
    public IResult Refuse(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "api/{*path}")] HttpRequest request)
    {
        var matching = Routes.Where(route => route.Template.TryMatch(request.Path, [])).ToArray();
        // "types" could be an id as well: the template with the fewest parameters is the one that is meant.
        var parameters = matching.Select(route => route.Template.Template.Parameters.Count).DefaultIfEmpty().Min();
        var methods = matching
            .Where(route => route.Template.Template.Parameters.Count == parameters)
            .SelectMany(route => route.Methods).Distinct().Order(StringComparer.Ordinal).ToArray();
        if (methods.Length == 0 || methods.Contains(request.Method))
        {
            request.GetCaller(); // or 401
            // Where there is such a route its constraint was not met: what stands for an id cannot be one.
            throw methods.Length == 0
                ? new InvalidRequestException(RequestErrors.RouteNotFound, request.Path.Value ?? "")
                : new InvalidRequestException(TaskErrors.NotFound);
        }
        var allowed = string.Join(", ", methods);
        request.HttpContext.Response.Headers.Allow = allowed;
        throw new InvalidRequestException(RequestErrors.MethodNotAllowed, request.Path.Value ?? "", allowed);
    }

    private static (TemplateMatcher Template, string[] Methods)[] FindRoutes() => [..
        from method in typeof(UnknownRouteApi).Assembly.GetTypes().SelectMany(type => type.GetMethods())
        where method.IsDefined(typeof(FunctionAttribute)) && method.DeclaringType != typeof(UnknownRouteApi)
        from parameter in method.GetParameters()
        let trigger = parameter.GetCustomAttribute<HttpTriggerAttribute>()
        where trigger is { Route: not null, Methods: not null }
        select (new TemplateMatcher(TemplateParser.Parse(trigger.Route!), []), trigger.Methods!.Select(name => name.ToUpperInvariant()).ToArray())];
}
