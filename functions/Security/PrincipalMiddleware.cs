using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Problems;

namespace Tasklane.Security;

/// <summary>
/// Lets HTTP functions run for verified callers only (<see cref="Callers.GetCaller"/>), except those marked
/// <see cref="AllowAnonymousAttribute"/>, and those that <see cref="AuthorizeAttribute"/> names roles for only for who has one of them.
/// Other triggers pass.
/// </summary>
internal sealed class PrincipalMiddleware : IFunctionsWorkerMiddleware
{
    private static readonly FrozenSet<string> Anonymous = (
        from type in typeof(PrincipalMiddleware).Assembly.GetTypes()
        from method in type.GetMethods()
        where method.IsDefined(typeof(AllowAnonymousAttribute))
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        select function.Name).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The roles of which a caller must have one, by function.</summary>
    private static readonly FrozenDictionary<string, string[]> Roles = (
        from type in typeof(PrincipalMiddleware).Assembly.GetTypes()
        from method in type.GetMethods()
        let roles = method.GetCustomAttribute<AuthorizeAttribute>()?.Roles
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where roles is not null && function is not null
        select (function.Name, roles.Split(','))).ToFrozenDictionary(pair => pair.Name, pair => pair.Item2, StringComparer.OrdinalIgnoreCase);

    private readonly Principal _principal = new();
    private readonly bool _isTrusted;

    public PrincipalMiddleware(IConfiguration configuration, ILogger<PrincipalMiddleware> logger)
    {
        // On Azure only App Service authentication drops forged headers; without it they are whatever a client likes.
        var isAzure = configuration["WEBSITE_SITE_NAME"] is { Length: > 0 };
        _isTrusted = !isAzure || string.Equals(configuration["WEBSITE_AUTH_ENABLED"], "true", StringComparison.OrdinalIgnoreCase);
        if (!_isTrusted)
            logger.LogError("App Service authentication is off, so nobody can be told from anybody: every request is refused. Turn it on (authsettingsV2).");
    }

    /// <summary>Whether nobody need sign in for a function.</summary>
    public static bool IsOpen(string function) => Anonymous.Contains(function);

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http)
        {
            if (_isTrusted && _principal.Find(http.Request.Headers) is { } caller)
            {
                if (Roles.TryGetValue(context.FunctionDefinition.Name, out var roles) && !roles.Any(caller.Has))
                    throw new InvalidRequestException(RequestErrors.Forbidden, roles[0]);
                http.SetCaller(caller);
            }
            else if (!IsOpen(context.FunctionDefinition.Name))
                throw new InvalidRequestException(RequestErrors.Unauthenticated);
        }
        return next(context);
    }
}
