using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Http.Caching;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>What belongs to a task: its log, its events, its file; and the types that tasks can have.</summary>
public sealed class TaskDetailsApi(TaskService tasks, ChildTasks children, ITaskStore store, TaskTypes types)
{
    private readonly Lazy<JsonBody> _types = new(() => JsonBody.Of(types, WriteTypes));

    [Function("GetTaskLogs")]
    [QueryParameters("owner", "level", "page", "pageSize", "after", "limit")]
    public async Task<IResult> Logs(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tasks/{id}/logs")] HttpRequest request, string id)
    {
        var query = new Query(request);
        var (level, page, pageSize) = (query.Level(), query.Page(), query.PageSize());
        var isWalk = query.Text("after") is not null;
        var (after, limit) = ((int)query.Number("after", 0, 0, int.MaxValue / 2), (int)query.Number("limit", 100, 1, 1000));
        // Read first: what is read then is no older than its tag.
        var tag = EntityTags.OfBelongings(await VersionAsync(request, id));
        if (EntityTags.Matches(request, tag))
            return new NotModified(tag);
        if (isWalk)
            (page, pageSize) = (1, limit);
        var logs = isWalk
            ? await LinesAfterAsync(id, level, after, limit, request.HttpContext.RequestAborted)
            : await store.GetLogsAsync(id, level, page, pageSize, request.HttpContext.RequestAborted);
        return new JsonAnswer<(LogPage, int, int)>(StatusCodes.Status200OK, (logs, page, pageSize), TaskJson.Write) { ETag = tag };
    }

    /// <summary>For clients that follow a log: what comes after the lines they have, wherever these end.</summary>
    private async Task<LogPage> LinesAfterAsync(string id, TaskLogLevel? level, int after, int limit, CancellationToken cancellation)
    {
        var (page, skip) = ((after / limit) + 1, after % limit);
        var first = await store.GetLogsAsync(id, level, page, limit, cancellation);
        if (skip == 0 || first.Lines.Count < limit)
            return first with { Lines = [.. first.Lines.Skip(skip)] };
        var second = await store.GetLogsAsync(id, level, page + 1, limit, cancellation);
        return second with { Lines = [.. first.Lines.Skip(skip), .. second.Lines.Take(skip)] };
    }

    /// <summary>For clients that missed some: what changed after the version they have.</summary>
    [Function("GetTaskEvents")]
    [QueryParameters("owner", "after", "limit")]
    public async Task<IResult> Events(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tasks/{id}/events")] HttpRequest request, string id)
    {
        var query = new Query(request);
        var after = query.Number("after", 0, 0, long.MaxValue);
        var limit = (int)query.Number("limit", 100, 1, 1000);
        var tag = EntityTags.OfBelongings(await VersionAsync(request, id));
        if (EntityTags.Matches(request, tag))
            return new NotModified(tag);
        var events = await store.GetEventsAsync(id, after, limit, request.HttpContext.RequestAborted);
        return new JsonAnswer<IReadOnlyList<TaskEvent>>(StatusCodes.Status200OK, events, TaskJson.Write) { ETag = tag };
    }

    /// <summary>How many tasks it has made are in each state; <c>GET /api/tasks?parent=</c> lists them.</summary>
    [Function("CountTaskChildren")]
    [QueryParameters("owner")]
    public async Task<IResult> Children(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tasks/{id}/children")] HttpRequest request, string id)
    {
        await RequireAsync(request, id);
        return new JsonAnswer<ChildCounts>(StatusCodes.Status200OK, await children.CountAsync(id, request.HttpContext.RequestAborted), TaskJson.Write);
    }

    [Function("GetTaskFile")]
    [QueryParameters("owner")]
    public async Task<IResult> File(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tasks/{id}/file")] HttpRequest request, string id)
    {
        var task = await RequireAsync(request, id);
        if (FileOf(task) is not { } file)
            throw new InvalidRequestException(RequestErrors.FileNotFound);
        // The first chunk now, while it can still be said that there is none.
        var first = await store.ReadFileChunkAsync(id, 0, request.HttpContext.RequestAborted);
        if (first is null && file.Length > 0)
            throw new InvalidRequestException(RequestErrors.FileNotFound);
        return new FileAnswer(store, task, file, first ?? []);
    }

    /// <summary>Everything needed to make a form for each type.</summary>
    [Function("GetTaskTypes")]
    public IResult Types([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tasks/types")] HttpRequest request) =>
        new JsonBodyAnswer(_types.Value);

    private Task<TaskVersion> VersionAsync(HttpRequest request, string id) =>
        tasks.GetVersionAsync(id, TasksApi.Owner(request), request.HttpContext.RequestAborted);

    private Task<TaskRecord> RequireAsync(HttpRequest request, string id) =>
        tasks.GetAsync(id, TasksApi.Owner(request), request.HttpContext.RequestAborted);

    /// <summary>The result's property <c>file</c>, when it is one.</summary>
    private static TaskFile? FileOf(TaskRecord task)
    {
        if (task is not { Status: TaskState.Completed, Result: { } result })
            return null;
        using var document = JsonDocument.Parse(result);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("file", out var file))
            return null;
        try
        {
            return file.Deserialize<TaskFile>(HandlerJson.Options);
        }
        catch (JsonException)
        {
            return null; // a result's own property of that name
        }
    }

    private static void WriteTypes(Utf8JsonWriter json, TaskTypes types)
    {
        json.WriteStartObject();
        json.WriteStartArray("types"u8);
        foreach (var type in types.Public)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, type.Name);
            json.WriteString("description"u8, type.Description);
            json.WriteString("requiredRole"u8, type.RequiredRole.Length == 0 ? null : type.RequiredRole);
            json.WritePropertyName("schema"u8);
            json.WriteRawValue(type.Schema, skipInputValidation: true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
