using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tasklane.Tasks.Http.Caching;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>
/// Tasks over HTTP. A caller meets their own tasks only; an admin others' too, by <c>?owner=all</c> or <c>?owner={id}</c>.
/// The length constraint keeps words ("types") from being taken for ids: the Functions host tries routes in the order of the
/// functions' names, not of their precision.
/// </summary>
public sealed class TasksApi(TaskService tasks, ReadCache cache)
{
    /// <summary>Tells its lists apart from those that other shapes of the API have of the same tasks.</summary>
    internal const string Shape = "tasks";

    [Function("CreateTask")]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tasks")] HttpRequest request,
        [DurableClient] DurableTaskClient client)
    {
        var body = await RequestBody.ReadWithPayloadAsync(request);
        var wanted = TaskRequestReader.Read(body, IdempotencyKeys.Of(request));
        var created = await tasks.CreateAsync(client, wanted, request.GetCaller(), TaskService.HttpSource);
        return Accepted(created.Task);
    }

    [Function("ListTasks")]
    [QueryParameters("owner", "status", "type", "priority", "tag", "parent", "q", "page", "after", "pageSize")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tasks")] HttpRequest request)
    {
        var query = new Query(request).Tasks(request.GetCaller());
        return new JsonBodyAnswer(await cache.ListAsync(Shape, query, TaskJson.Write, request.HttpContext.RequestAborted));
    }

    [Function("GetTask")]
    [QueryParameters("owner")]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/tasks/{id:length(32)}")] HttpRequest request, string id)
    {
        var owner = Owner(request);
        if (await EntityTags.CurrentAsync(request, tasks, id, owner) is { } current)
            return current;
        var task = await tasks.GetAsync(id, owner, request.HttpContext.RequestAborted);
        return Answer(StatusCodes.Status200OK, task, EntityTags.Of(task));
    }

    /// <summary>Only a pending task; a running one is refused, and can be asked to stop by <see cref="Cancel"/>.</summary>
    [Function("DeleteTask")]
    [QueryParameters("owner")]
    public async Task<IResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/tasks/{id:length(32)}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id)
    {
        await RequestBody.RequireNoneAsync(request);
        var cancelled = await tasks.CancelAsync(client, id, Owner(request), stopRunning: false);
        return Answer(StatusCodes.Status200OK, cancelled.Task);
    }

    /// <summary>200 when the task is cancelled, 202 when it runs and has been asked to stop.</summary>
    [Function("CancelTask")]
    [QueryParameters("owner")]
    public async Task<IResult> Cancel(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tasks/{id}/cancel")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id)
    {
        await RequestBody.RequireNoneAsync(request);
        var cancelled = await tasks.CancelAsync(client, id, Owner(request), stopRunning: true);
        return Answer(cancelled.Stopping ? StatusCodes.Status202Accepted : StatusCodes.Status200OK, cancelled.Task);
    }

    [Function("RetryTask")]
    [QueryParameters("owner")]
    public async Task<IResult> Retry(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/tasks/{id}/retry")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id)
    {
        await RequestBody.RequireNoneAsync(request);
        var owner = Owner(request);
        var key = IdempotencyKeys.Of(request, $"retry\n{id}\n{owner}", []);
        var created = await tasks.RetryAsync(client, id, owner, key);
        return Accepted(created.Task);
    }

    internal static string? Owner(HttpRequest request)
    {
        var caller = request.GetCaller();
        return request.QueryString.HasValue ? new Query(request).Owner(caller) : caller.Id;
    }

    private static JsonAnswer<TaskRecord> Accepted(TaskRecord task) =>
        new(StatusCodes.Status202Accepted, task, TaskJson.Write) { Location = $"/api/tasks/{task.Id}" };

    private static JsonAnswer<TaskRecord> Answer(int status, TaskRecord task, string? tag = null) =>
        new(status, task, TaskJson.Write) { ETag = tag };
}
