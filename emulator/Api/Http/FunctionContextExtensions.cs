using Microsoft.AspNetCore.Http;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>The ASP.NET Core request of an invocation.</summary>
public static class FunctionContextExtensions
{
    /// <summary>Where the invocation keeps its request; middleware may look or put another one there.</summary>
    internal const string HttpContextKey = "HttpRequestContext";

    /// <returns>Null when the function has no HTTP trigger.</returns>
    public static HttpContext? GetHttpContext(this FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Items.TryGetValue(HttpContextKey, out var value) ? value as HttpContext : null;
    }
}
