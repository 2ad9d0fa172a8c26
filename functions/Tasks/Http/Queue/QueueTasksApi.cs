using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tasklane.Tasks.Http.Caching;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http.Queue;

/// <summary>
/// One's tasks as the queue of a log service names them: states PENDING, PROCESSING, RETRYING, COMPLETED, FAILED, CANCELLED; priorities
/// 1 to 10; names with underscores. An admin meets everybody's by <c>?owner=all</c>.
/// </summary>
public sealed class QueueTasksApi(TaskService tasks, ReadCache cache)
{
    [Function("QueueListTasks")]
    [QueryParameters("owner", "status", "type", "priority", "tag", "q", "page", "after", "pageSize")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/queue/tasks")] HttpRequest request)
    {
        var query = new Query(name => name == "status" ? QueueTaskJson.StateOf(request.Query[name]) : request.Query[name], onlyReads: true).Tasks(request.GetCaller());
        return new JsonBodyAnswer(await cache.ListAsync("queue", query, QueueTaskJson.Write, request.HttpContext.RequestAborted));
    }

    /// <summary>Retries wait 1, 4, 9 minutes unless told otherwise.</summary>
    [Function("QueueCreateTask")]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/queue/tasks")] HttpRequest request, [DurableClient] DurableTaskClient client)
    {
        var body = await RequestBody.ReadWithPayloadAsync(request);
        var wanted = QueueRequestReader.Read(body, IdempotencyKeys.Of(request));
        var task = (await tasks.CreateAsync(client, wanted, request.GetCaller(), TaskService.HttpSource)).Task;
        return new JsonAnswer<TaskRecord>(StatusCodes.Status202Accepted, task, QueueTaskJson.Write) { Location = $"/api/v1/queue/tasks/{task.Id}" };
    }

    [Function("QueueGetTask")]
    [QueryParameters("owner")]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/queue/tasks/{id}")] HttpRequest request, string id)
    {
        var owner = TasksApi.Owner(request);
        if (await EntityTags.CurrentAsync(request, tasks, id, owner) is { } current)
            return current;
        var task = await tasks.GetAsync(id, owner, request.HttpContext.RequestAborted);
        return new JsonAnswer<TaskRecord>(StatusCodes.Status200OK, task, QueueTaskJson.Write) { ETag = EntityTags.Of(task) };
    }

    /// <summary>Deletes it for good: one that waits is cancelled first, a running one is refused.</summary>
    [Function("QueueDeleteTask")]
    [QueryParameters("owner")]
    public async Task<IResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/v1/queue/tasks/{id}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id)
    {
        await RequestBody.RequireNoneAsync(request);
        var task = await tasks.DeleteAsync(client, id, TasksApi.Owner(request));
        return new JsonAnswer<TaskRecord>(StatusCodes.Status200OK, task, QueueTaskJson.Write);
    }
}
