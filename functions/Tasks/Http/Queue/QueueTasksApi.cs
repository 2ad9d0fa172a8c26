using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http.Queue;

/// <summary>
/// One's tasks as the queue of a log service names them: states PENDING, PROCESSING, RETRYING, COMPLETED, FAILED, CANCELLED; priorities
/// 1 to 10; names with underscores. An admin meets everybody's by <c>?owner=all</c>.
/// </summary>
public sealed class QueueTasksApi(TaskService tasks, ITaskStore store)
{
    [Function("QueueListTasks")]
    [QueryParameters("owner", "status", "type", "priority", "tag", "q", "page", "after", "pageSize")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/queue/tasks")] HttpRequest request)
    {
        var query = new Query(name => name == "status" ? QueueTaskJson.StateOf(request.Query[name]) : request.Query[name], onlyReads: true).Tasks(request.GetCaller());
        var page = await store.ListAsync(query, request.HttpContext.RequestAborted);
        return new JsonAnswer<(TaskPage, TaskQuery)>(StatusCodes.Status200OK, (page, query), QueueTaskJson.Write);
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
        var task = await tasks.GetAsync(id, TasksApi.Owner(request), request.HttpContext.RequestAborted);
        var tag = EntityTags.Of(task);
        return EntityTags.Matches(request, tag)
            ? new NotModified(tag)
            : new JsonAnswer<TaskRecord>(StatusCodes.Status200OK, task, QueueTaskJson.Write) { ETag = tag };
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
