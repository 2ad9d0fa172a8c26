using System.Net;
using System.Net.Http.Headers;

namespace Tasklane.Client.Transport;

/// <summary>A task's file, fetched in as many pieces as connections break; of one version of it, or not at all.</summary>
internal sealed class FileDownload(ApiCalls calls, TasklaneClientOptions options)
{
    public async Task<DownloadedFile> WriteAsync(string id, Func<DownloadedFile, Stream> destination, CancellationToken cancellation)
    {
        var path = $"api/tasks/{Uri.EscapeDataString(id)}/file";
        DownloadedFile? file = null;
        Stream? target = null;
        EntityTagHeaderValue? version = null;
        long written = 0;
        for (var broken = 0; ; broken++)
        {
            using var answer = await calls.SendAsync(
                ApiRequest.Get(path) with { Range = written > 0 ? (written, version) : null },
                cancellation, completion: HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false);
            if (file is null)
            {
                file = Describe(answer);
                version = answer.Headers.ETag;
                target = destination(file);
            }
            else if (written > 0 && answer.StatusCode != HttpStatusCode.PartialContent)
            {
                throw new TasklaneException("file_changed", answer.StatusCode, "The file is another one now",
                    "The task was run again while its file was fetched. Fetch it from the beginning.");
            }

            try
            {
                await using var body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
                var buffer = new byte[81_920];
                while (await body.ReadAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and var read)
                {
                    await target!.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
                    written += read;
                }
                return file with { Length = written };
            }
            catch (Exception lost) when (lost is HttpIOException or HttpRequestException && broken < options.MaxRetries)
            {
                // On to the rest.
            }
            catch (Exception lost) when (lost is HttpIOException or HttpRequestException)
            {
                throw new TasklaneException(TasklaneException.Unreachable, null, "The file was cut off", $"{written} bytes came, and then the connection broke.", lost);
            }
        }
    }

    private static DownloadedFile Describe(HttpResponseMessage answer)
    {
        var said = answer.Content.Headers.ContentDisposition;
        var name = (said?.FileNameStar ?? said?.FileName)?.Trim('"');
        // A name is somebody's text: as a path it could lead anywhere.
        name = name?[(name.LastIndexOfAny(['/', '\\', ':']) + 1)..];
        return new DownloadedFile(name is null or "" or "." or ".." ? "file" : name, answer.Content.Headers.ContentType?.ToString() ?? "application/octet-stream", answer.Content.Headers.ContentLength);
    }
}
