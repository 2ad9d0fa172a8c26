using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>
/// A task's file, or a range of it, as a download. Its entity tag is the task's version: a run of the task again makes another file.
/// </summary>
internal sealed class FileAnswer(ITaskStore store, TaskRecord task, TaskFile file, byte[] first) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        // A file somebody exported is never a page of this site, whatever is in it.
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "private, no-store";
        await using var bytes = new ChunkStream(store, task.Id, file.Length, first);
        await Results.Stream(bytes, file.ContentType, file.Name, entityTag: new EntityTagHeaderValue(EntityTags.Of(task)), enableRangeProcessing: true)
            .ExecuteAsync(httpContext);
        if (httpContext.Response is { StatusCode: StatusCodes.Status416RangeNotSatisfiable, HasStarted: false })
            await Problem.Answer(new InvalidRequestException(RequestErrors.RangeNotSatisfiable, file.Length), httpContext.Request).ExecuteAsync(httpContext);
    }
}
