using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Tasklane.Tasks.Http;

/// <summary>A task's version as an entity tag: every change makes another. Two things change without a version, and are in the tag themselves.</summary>
internal static class EntityTags
{
    public static string Of(TaskRecord task) => $"\"{task.Version}{(task.IsBlocked ? "b" : "")}{(task.CancelRequested ? "c" : "")}\"";

    /// <summary>Whether the client has this version already (If-None-Match).</summary>
    public static bool Matches(HttpRequest request, string tag)
    {
        var known = request.Headers.IfNoneMatch;
        if (known.Count == 0)
            return false;
        foreach (var one in request.GetTypedHeaders().IfNoneMatch)
        {
            // Proxies that compress make a tag weak ("W/"); it names the same version.
            if (one.Tag == tag || one.Equals(EntityTagHeaderValue.Any))
                return true;
        }
        return false;
    }
}

/// <summary>304: the client's copy is current.</summary>
internal sealed class NotModified(string tag) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
        httpContext.Response.Headers.ETag = tag;
        httpContext.Response.Headers.CacheControl = "private, no-cache";
        return Task.CompletedTask;
    }
}
