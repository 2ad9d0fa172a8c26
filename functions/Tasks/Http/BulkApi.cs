using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tasklane.Tasks.Bulk;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>Many tasks in one request: created together, or cancelled, retried or deleted by their ids or by a filter.</summary>
public sealed class BulkApi(TaskService tasks, BulkRunner bulk)
{
    private const int MaxBody = 4 * 1024 * 1024;
    private const string Source = "bulk";

    [Function("BulkTasks")]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tasks/bulk")] HttpRequest request, [DurableClient] DurableTaskClient client)
    {
        var body = await RequestBody.ReadJsonAsync(request, MaxBody, () => new InvalidRequestException(RequestErrors.BodyTooLarge, MaxBody));
        var caller = request.GetCaller();
        var wanted = BulkRequestReader.Read(body, IdempotencyKeys.Of(request), caller);
        var cancellation = request.HttpContext.RequestAborted;
        if (wanted.Tasks is { } requests)
        {
            var created = await tasks.CreateAllAsync(client, requests, caller, TaskService.HttpSource, CancellationToken.None);
            return new JsonAnswer<IReadOnlyList<Created>>(StatusCodes.Status202Accepted, created, Write);
        }

        var action = wanted.Action!.Value;
        if (wanted.Ids is { } ids)
            return Done(await bulk.ApplyAsync(client, action, ids, wanted.Owner, wanted.Key, cancellation), ids, action);
        var filter = wanted.Filter!;
        var matched = await bulk.CountAsync(filter, cancellation);
        if (wanted.IsDryRun)
            return new JsonAnswer<(BulkAction, long)>(StatusCodes.Status200OK, (action, matched), Write);
        if (matched <= BulkRunner.MostAtOnce)
        {
            var found = new List<string>();
            for (long? after = null; ;)
            {
                var (page, next) = await bulk.PageAsync(filter, after, cancellation);
                found.AddRange(page);
                if ((after = next) is null)
                    break;
            }
            return Done(await bulk.ApplyAsync(client, action, found, wanted.Owner, wanted.Key, cancellation), found, action);
        }

        var work = new TaskRequest
        {
            Type = "bulk",
            Payload = JsonSerializer.SerializeToUtf8Bytes(new { action, filter, matched }, Handling.HandlerJson.Options),
            IdempotencyKey = IdempotencyKeys.Of(request),
            IsByService = true,
        };
        var task = (await tasks.CreateAsync(client, work, caller, Source)).Task;
        return new JsonAnswer<TaskRecord>(StatusCodes.Status202Accepted, task, TaskJson.Write) { Location = $"/api/tasks/{task.Id}" };
    }

    private static JsonAnswer<(BulkAction, IReadOnlyList<string>, string?[])> Done(string?[] refusals, IReadOnlyList<string> ids, BulkAction action) =>
        new(StatusCodes.Status200OK, (action, ids, refusals), Write);

    private static void Write(Utf8JsonWriter json, IReadOnlyList<Created> created)
    {
        json.WriteStartObject();
        json.WriteNumber("created"u8, created.Count(one => !one.Existing));
        json.WriteStartArray("tasks"u8);
        foreach (var one in created)
            TaskJson.WriteShort(json, one.Task);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, (BulkAction Action, long Matched) count)
    {
        json.WriteStartObject();
        json.WriteString("action"u8, BulkRequestReader.NameOf(count.Action));
        json.WriteNumber("matched"u8, count.Matched);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, (BulkAction Action, IReadOnlyList<string> Ids, string?[] Refusals) done)
    {
        json.WriteStartObject();
        json.WriteString("action"u8, BulkRequestReader.NameOf(done.Action));
        json.WriteNumber("matched"u8, done.Ids.Count);
        json.WriteNumber("changed"u8, done.Refusals.Count(code => code is null));
        json.WriteStartArray("skipped"u8);
        for (var i = 0; i < done.Ids.Count; i++)
        {
            if (done.Refusals[i] is not { } code)
                continue;
            json.WriteStartObject();
            json.WriteString("id"u8, done.Ids[i]);
            json.WriteString("code"u8, code);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
