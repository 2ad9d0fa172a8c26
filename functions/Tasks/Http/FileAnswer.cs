using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>A task's file, chunk by chunk, as a download.</summary>
internal sealed class FileAnswer(ITaskStore store, string id, TaskFile file, byte[] first) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (response, cancellation) = (httpContext.Response, httpContext.RequestAborted);
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(file.Name);
        response.ContentType = file.ContentType;
        response.ContentLength = file.Length;
        response.Headers.ContentDisposition = disposition.ToString();
        // A file somebody exported is never a page of this site, whatever is in it.
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "private, no-store";

        var left = file.Length;
        var index = 0;
        for (var chunk = first; chunk is { Length: > 0 } && left > 0; chunk = await store.ReadFileChunkAsync(id, ++index, cancellation))
        {
            var length = (int)Math.Min(chunk.Length, left);
            await response.Body.WriteAsync(chunk.AsMemory(0, length), cancellation);
            left -= length;
        }
        if (left > 0)
            throw new IOException($"Chunk {index} of task {id}'s file is gone."); // the connection is cut, so that half a file does not look whole
    }
}
