using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http;

/// <summary>
/// Refuses query parameters that a function does not read: a filter that is misspelt would otherwise find everything. Probes may
/// add what they like (<see cref="AllowAnonymousAttribute"/>).
/// </summary>
internal sealed class QueryMiddleware : IFunctionsWorkerMiddleware
{
    /// <summary>Of the host itself: where it looks for its keys.</summary>
    private static readonly FrozenSet<string> OfHost = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "code", "clientId");

    private static readonly FrozenDictionary<string, IReadOnlyList<string>> Known = (
        from type in typeof(QueryMiddleware).Assembly.GetTypes()
        from method in type.GetMethods()
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null && !method.IsDefined(typeof(AllowAnonymousAttribute)) && type != typeof(UnknownRouteApi)
        select (function.Name, method.GetCustomAttribute<QueryParametersAttribute>()?.Names ?? [])
        ).ToFrozenDictionary(pair => pair.Name, pair => pair.Item2, StringComparer.OrdinalIgnoreCase);

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { Request: { QueryString.HasValue: true } request }
            && Known.TryGetValue(context.FunctionDefinition.Name, out var known))
        {
            FieldError[] unknown = [.. request.Query.Keys
                .Where(name => !known.Contains(name, StringComparer.OrdinalIgnoreCase) && !OfHost.Contains(name))
                .Select(name => new FieldError(JsonFields.Shorten(name), FieldErrors.Unknown, known.Count == 0 ? "-" : string.Join(", ", known)))];
            if (unknown.Length > 0)
                throw InvalidRequestException.OfFields(RequestErrors.InvalidQuery, unknown);
        }
        return next(context);
    }
}
