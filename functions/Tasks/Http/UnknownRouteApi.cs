using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http;

/// <summary>Addresses below /api that no function has, so that they too are told as problem documents.</summary>
public sealed class UnknownRouteApi
{
    private static readonly IReadOnlyList<(TemplateMatcher Template, string[] Methods)> Routes = FindRoutes();

    /// <summary>Named so that it comes last: the Functions host tries routes in the order of the functions' names.</summary>
    [Function("ZzUnknownRoute")]
    public IResult Refuse(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", "post", "put", "patch", "delete", Route = "api/{*path}")] HttpRequest request)
    {
        var methods = Routes
            .Where(route => route.Template.TryMatch(request.Path, []))
            .SelectMany(route => route.Methods).Distinct().Order(StringComparer.Ordinal).ToArray();
        if (methods.Length == 0)
            throw new InvalidRequestException(RequestErrors.RouteNotFound, request.Path.Value ?? "");
        // The route was there, so its constraint was not met: what stands for an id cannot be one.
        if (methods.Contains(request.Method))
            throw new InvalidRequestException(TaskErrors.NotFound);
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
