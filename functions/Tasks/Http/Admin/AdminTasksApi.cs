using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tasklane.Tasks.Http.Caching;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http.Admin;

/// <summary>
/// Every user's tasks, for those whose role says so, in a shape of its own: <c>taskId</c>, <c>taskType</c>, <c>params</c>, progress as numbers.
/// What the requests do is what they do under <c>/api/tasks</c>.
/// </summary>
public sealed class AdminTasksApi(TaskService tasks, ITaskStore store, ReadCache cache)
{
    [Function("AdminListTasks"), Authorize(Roles = AccessRoles.Seers)]
    [QueryParameters("owner", "status", "type", "priority", "tag", "q", "page", "after", "pageSize")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/tasks")] HttpRequest request)
    {
        var query = new Query(request).Tasks(request.GetCaller());
        if (new Query(request).Text("owner") is null)
            query = query with { Owner = null };
        return new JsonBodyAnswer(await cache.ListAsync("admin", query, AdminTaskJson.Write, request.HttpContext.RequestAborted));
    }

    [Function("AdminCreateTask"), Authorize(Roles = AccessRoles.Admins)]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/tasks")] HttpRequest request, [DurableClient] DurableTaskClient client)
    {
        var body = await RequestBody.ReadWithPayloadAsync(request);
        var wanted = TaskRequestReader.Read(body, IdempotencyKeys.Of(request), isAdmin: true);
        return Accepted((await tasks.CreateAsync(client, wanted, request.GetCaller(), "admin")).Task);
    }

    [Function("AdminGetTask"), Authorize(Roles = AccessRoles.Seers)]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/tasks/{id}")] HttpRequest request, string id)
    {
        if (await EntityTags.CurrentAsync(request, tasks, id, null) is { } current)
            return current;
        var task = await tasks.GetAsync(id, null, request.HttpContext.RequestAborted);
        return Answer(StatusCodes.Status200OK, task, EntityTags.Of(task));
    }

    /// <summary>Only a pending task, as <c>DELETE /api/tasks/{id}</c>.</summary>
    [Function("AdminDeleteTask"), Authorize(Roles = AccessRoles.Actors)]
    public async Task<IResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/admin/tasks/{id}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id)
    {
        await RequestBody.RequireNoneAsync(request);
        return Answer(StatusCodes.Status200OK, (await tasks.CancelAsync(client, id, null, stopRunning: false)).Task);
    }

    /// <summary>200 when the task is cancelled, 202 when it runs and has been asked to stop.</summary>
    [Function("AdminCancelTask"), Authorize(Roles = AccessRoles.Actors)]
    public async Task<IResult> Cancel(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/tasks/{id}/cancel")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id)
    {
        await RequestBody.RequireNoneAsync(request);
        var cancelled = await tasks.CancelAsync(client, id, null, stopRunning: true);
        return Answer(cancelled.Stopping ? StatusCodes.Status202Accepted : StatusCodes.Status200OK, cancelled.Task);
    }

    [Function("AdminRetryTask"), Authorize(Roles = AccessRoles.Actors)]
    public async Task<IResult> Retry(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/tasks/{id}/retry")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id)
    {
        await RequestBody.RequireNoneAsync(request);
        var key = IdempotencyKeys.Of(request, $"retry\n{id}\n", []);
        return Accepted((await tasks.RetryAsync(client, id, null, key)).Task);
    }

    [Function("AdminGetTaskLogs"), Authorize(Roles = AccessRoles.Seers)]
    [QueryParameters("level", "page", "pageSize")]
    public async Task<IResult> Logs(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/tasks/{id}/logs")] HttpRequest request, string id)
    {
        var query = new Query(request);
        var (level, page, pageSize) = (query.Level(), query.Page(), query.PageSize());
        var tag = EntityTags.OfBelongings(await tasks.GetVersionAsync(id, null, request.HttpContext.RequestAborted));
        if (EntityTags.Matches(request, tag))
            return new NotModified(tag);
        var logs = await store.GetLogsAsync(id, level, page, pageSize, request.HttpContext.RequestAborted);
        return new JsonAnswer<(LogPage, int, int)>(StatusCodes.Status200OK, (logs, page, pageSize), AdminTaskJson.Write) { ETag = tag };
    }

    private static JsonAnswer<TaskRecord> Accepted(TaskRecord task) =>
        new(StatusCodes.Status202Accepted, task, AdminTaskJson.Write) { Location = $"/api/admin/tasks/{task.Id}" };

    private static JsonAnswer<TaskRecord> Answer(int status, TaskRecord task, string? tag = null) =>
        new(status, task, AdminTaskJson.Write) { ETag = tag };
}
