using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>Takes log lines in and has them analysed.</summary>
public sealed class LogLinesApi(TaskService tasks, ILogLineStore lines, TimeProvider time)
{
    private const int MaxBody = 4 * 1024 * 1024;

    [Function("CreateLogs")]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/logs")] HttpRequest request, [DurableClient] DurableTaskClient client)
    {
        var caller = request.GetCaller();
        var body = await RequestBody.ReadJsonAsync(request, MaxBody, () => new InvalidRequestException(RequestErrors.BodyTooLarge, MaxBody));
        var key = IdempotencyKeys.Of(request, "logs", body.Span);
        var ids = await lines.AppendAsync(caller.Id, LogLinesReader.Read(body.Span, time.GetUtcNow()), key, CancellationToken.None);
        var analysis = new TaskRequest
        {
            Type = "log_analysis",
            Payload = JsonSerializer.SerializeToUtf8Bytes(new { ids }),
            IdempotencyKey = key?.Key,
            // Of these very lines: its key may outlive that of the lines.
            PartName = $"logs {ids[0]}",
        };
        var created = await tasks.CreateAsync(client, analysis, caller, "logs");
        return new JsonAnswer<(IReadOnlyList<string>, string)>(StatusCodes.Status202Accepted, (ids, created.Task.Id), Write)
        {
            Location = $"/api/tasks/{created.Task.Id}",
        };
    }

    private static void Write(Utf8JsonWriter json, (IReadOnlyList<string> Ids, string TaskId) answer)
    {
        json.WriteStartObject();
        json.WriteStartArray("ids"u8);
        foreach (var id in answer.Ids)
            json.WriteStringValue(id);
        json.WriteEndArray();
        json.WriteString("taskId"u8, answer.TaskId);
        json.WriteEndObject();
    }
}
