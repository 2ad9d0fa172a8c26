using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Tasklane.Tasks;
using Tasklane.Tasks.Limits;
using Tasklane.Tasks.Problems;

namespace Tasklane.Security;

/// <summary>
/// Refuses a user's request that comes too early, with when to come again; says in every answer how many more may come. Admins and functions that
/// nobody need sign in for are not counted. While the store is away nobody is refused for it.
/// </summary>
internal sealed class RateLimitMiddleware(IRateStore rates, TasklaneOptions options, ILogger<RateLimitMiddleware> logger) : IFunctionsWorkerMiddleware
{
    private static readonly TimeSpan _window = TimeSpan.FromMinutes(1);

    private readonly int _limit = options.Limits.RequestsPerMinute;

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next) =>
        _limit > 0 && context.GetHttpContext() is { } http && http.Features.Get<Caller>() is { IsAdmin: false } caller
            && !PrincipalMiddleware.IsOpen(context.FunctionDefinition.Name)
            ? CountAsync(http, caller, context, next)
            : next(context);

    private async Task CountAsync(HttpContext http, Caller caller, FunctionContext context, FunctionExecutionDelegate next)
    {
        RateUse use;
        try
        {
            use = await rates.TakeAsync(caller.Id, _limit, _window, http.RequestAborted);
        }
        catch (TaskException away) when (away.IsOutage)
        {
            logger.LogWarning(away, "Requests are not counted while the store is away.");
            await next(context);
            return;
        }
        var headers = http.Response.Headers;
        headers["RateLimit-Policy"] = $"\"user\";q={Text(_limit)};w={Text(_window.TotalSeconds)}";
        headers["RateLimit"] = $"\"user\";r={Text(use.Remaining)};t={Text(Math.Ceiling(use.Reset.TotalSeconds))}";
        if (!use.IsAllowed)
        {
            var wait = (int)Math.Max(1, Math.Ceiling(use.Wait.TotalSeconds));
            headers.RetryAfter = Text(wait);
            throw new InvalidRequestException(RequestErrors.RateLimited, _limit, wait);
        }
        await next(context);
    }

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
