using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>A task's version as an entity tag: every change makes another, and so do the wish that it stop, its first child, and the end of its
/// wait for others, which are no events.</summary>
internal static class EntityTags
{
    public static string Of(TaskRecord task) => Of(task.Version, task.IsBlocked, task.HasChildren, task.CancelRequested);

    /// <summary>Of what belongs to a task: its events change with its version, its log by its lines.</summary>
    public static string OfBelongings(TaskVersion task) => $"\"{task.Version}-{task.LogLines}\"";

    public static string Weak(string tag) => tag.StartsWith("W/", StringComparison.Ordinal) ? tag : $"W/{tag}";

    /// <summary>304 when the client's copy of a task is current, found without reading the task; null when it has none or an old one.</summary>
    public static async Task<IResult?> CurrentAsync(HttpRequest request, TaskService tasks, string id, string? owner)
    {
        if (request.Headers.IfNoneMatch.Count == 0)
            return null;
        var version = await tasks.GetVersionAsync(id, owner, request.HttpContext.RequestAborted);
        var tag = Of(version.Version, version.IsBlocked, version.HasChildren, version.CancelRequested);
        return Matches(request, tag) ? new NotModified(tag) : null;
    }

    /// <summary>Whether the client has this version already (If-None-Match).</summary>
    public static bool Matches(HttpRequest request, string tag)
    {
        var known = request.Headers.IfNoneMatch;
        if (known.Count == 0)
            return false;
        var name = tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag;
        foreach (var one in request.GetTypedHeaders().IfNoneMatch)
        {
            // What is compressed, here or by a proxy, bears a weak tag ("W/"); it names the same version.
            if (one.Tag == name || one.Equals(EntityTagHeaderValue.Any))
                return true;
        }
        return false;
    }

    private static string Of(long version, bool isBlocked, bool hasChildren, bool cancelRequested) =>
        $"\"{version}{(isBlocked ? "-blocked" : "")}{(hasChildren ? "-parent" : "")}{(cancelRequested ? "-stop" : "")}\"";
}

/// <summary>304: the client's copy is current.</summary>
internal sealed class NotModified(string tag) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
        httpContext.Response.Headers.ETag = tag;
        httpContext.Response.Headers.CacheControl = "private, no-cache";
        httpContext.Response.Headers.Append("Vary", "Accept-Encoding");
        return Task.CompletedTask;
    }
}
