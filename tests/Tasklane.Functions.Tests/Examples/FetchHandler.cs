using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using Tasklane.Tasks.Handling;

namespace Tasklane.Handlers;

public sealed record FetchPayload(
    [property: Url, RegularExpression("https?://.+"), Description("Where the file is.")] string Address,
    [property: Range(1, 100), Description("The most that is fetched, in MiB.")] int MaxMegabytes = 10);

public sealed record FetchResult(TaskFile File);

[TaskType("fetch", Description = "Fetches a file from the web.")]
public sealed class FetchHandler(HttpClient http) : ITaskHandler<FetchPayload>
{
    public async Task<Outcome> RunAsync(FetchPayload payload, ITaskRun run)
    {
        using var answer = await http.GetAsync(payload.Address, HttpCompletionOption.ResponseHeadersRead, run.Cancellation);
        if (answer.StatusCode is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError)
            throw new TaskFailedException("not_fetched", $"The server answered {(int)answer.StatusCode}.", retry: false);
        answer.EnsureSuccessStatusCode(); // what is the server's fault is tried again

        await using var body = await answer.Content.ReadAsStreamAsync(run.Cancellation);
        var chunk = new byte[512 * 1024];
        var (chunks, length) = (0, 0L);
        while (await body.ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, run.Cancellation) is > 0 and var read)
        {
            length += read;
            if (length > payload.MaxMegabytes * 1024L * 1024)
                throw new TaskFailedException("too_large", $"The file has more than {payload.MaxMegabytes} MiB.", retry: false);
            await run.WriteFileChunkAsync(chunks++, chunk.AsMemory(0, read));
            run.ReportProgress(length, Math.Max(length, answer.Content.Headers.ContentLength ?? 0), "fetching");
        }
        return Outcome.Completed(new FetchResult(new TaskFile("fetched", "application/octet-stream", length)));
    }
}
