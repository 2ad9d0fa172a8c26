using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tasklane.Tasks.Http.Caching;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Schedules;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http.Schedules;

/// <summary>Schedules: plans that make a task at each of their ticks. A caller meets their own; an admin others' too, by <c>?owner=</c>.</summary>
public sealed class SchedulesApi(ScheduleService service, ReadCache cache, TimeProvider time)
{
    [Function("CreateSchedule")]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/schedules")] HttpRequest request, [DurableClient] DurableTaskClient client)
    {
        var (body, wanted) = await ReadAsync(request);
        var caller = request.GetCaller();
        var key = IdempotencyKeys.Of(request, "schedule", body.Span);
        var schedule = Apply(wanted, new Schedule
        {
            Id = key is null ? TaskIds.New(time.GetUtcNow()) : IdOf(key),
            Owner = caller.Id,
            Timing = wanted.Timing,
            Task = wanted.Task,
            CreatedAt = time.GetUtcNow(),
            Request = key?.Hash,
        }, caller);
        var made = await service.CreateAsync(client, schedule, caller, CancellationToken.None);
        if (made.Request != key?.Hash)
            throw new InvalidRequestException(TaskErrors.IdempotencyConflict);
        return Answer(StatusCodes.Status201Created, made, $"/api/schedules/{made.Id}");
    }

    [Function("ListSchedules")]
    [QueryParameters("owner", "after", "pageSize")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/schedules")] HttpRequest request)
    {
        var query = new Query(request);
        var size = query.PageSize();
        var page = await cache.SchedulesAsync(query.Owner(request.GetCaller()), query.Text("after"), size, request.HttpContext.RequestAborted);
        return new JsonBodyAnswer(JsonBody.Of<(IReadOnlyList<Schedule>, string?)>((page, page.Count == size ? page[^1].Id : null), ScheduleJson.Write));
    }

    /// <summary>When a plan would tick, without making it.</summary>
    [Function("PreviewSchedule")]
    [QueryParameters("cron", "everySeconds", "timeZone", "count")]
    public IResult Preview([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/schedules/preview")] HttpRequest request)
    {
        var query = new Query(request);
        var now = time.GetUtcNow();
        var fields = new JsonFields();
        double? every = query.Text("everySeconds") is null ? null : query.Number("everySeconds", 0, 1, (long)ScheduleRequestReader.LongestEvery);
        var timing = ScheduleRequestReader.TimingOf(fields, query.Text("cron"), every, null, query.Text("timeZone"), null, now, "");
        fields.ThrowIfAny();
        return new JsonAnswer<(Timing, DateTimeOffset, int)>(StatusCodes.Status200OK, (timing!, now, (int)query.Number("count", 10, 1, 1000)), ScheduleJson.Write);
    }

    [Function("GetSchedule")]
    [QueryParameters("owner")]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/schedules/{id:length(32)}")] HttpRequest request, string id) =>
        new JsonBodyAnswer(JsonBody.Of(await service.GetAsync(id, TasksApi.Owner(request), request.HttpContext.RequestAborted), ScheduleJson.Write));

    /// <summary>Replaces what it says; what it has done stays.</summary>
    [Function("ReplaceSchedule")]
    [QueryParameters("owner")]
    public async Task<IResult> Replace(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/schedules/{id:length(32)}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id)
    {
        var (_, wanted) = await ReadAsync(request);
        var caller = request.GetCaller();
        var changed = await service.ChangeAsync(client, id, TasksApi.Owner(request), former => Apply(wanted, former, caller), caller, CancellationToken.None);
        return Answer(StatusCodes.Status200OK, changed);
    }

    [Function("DeleteSchedule")]
    [QueryParameters("owner")]
    public async Task<IResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/schedules/{id:length(32)}")] HttpRequest request, string id)
    {
        await RequestBody.RequireNoneAsync(request);
        await service.DeleteAsync(id, TasksApi.Owner(request), CancellationToken.None);
        return Results.NoContent();
    }

    [Function("PauseSchedule")]
    [QueryParameters("owner")]
    public Task<IResult> Pause(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/schedules/{id:length(32)}/pause")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id) => SetPausedAsync(request, client, id, isPaused: true);

    /// <summary>Goes on with the next tick from now on; those in between are no missed ones.</summary>
    [Function("ResumeSchedule")]
    [QueryParameters("owner")]
    public Task<IResult> Resume(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/schedules/{id:length(32)}/resume")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id) => SetPausedAsync(request, client, id, isPaused: false);

    /// <summary>Makes its task now, beside its ticks.</summary>
    [Function("RunSchedule")]
    [QueryParameters("owner")]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/schedules/{id:length(32)}/run")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id)
    {
        await RequestBody.RequireNoneAsync(request);
        var occasion = IdempotencyKeys.Of(request, $"run\n{id}", [])?.Key ?? Guid.NewGuid().ToString("N");
        var task = await service.RunAsync(client, id, TasksApi.Owner(request), occasion, CancellationToken.None);
        return new JsonAnswer<TaskRecord>(StatusCodes.Status202Accepted, task, TaskJson.Write) { Location = $"/api/tasks/{task.Id}" };
    }

    /// <summary>The tasks it has made, newest first.</summary>
    [Function("ListScheduleRuns")]
    [QueryParameters("owner", "status", "page", "after", "pageSize")]
    public async Task<IResult> Runs(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/schedules/{id:length(32)}/runs")] HttpRequest request, string id)
    {
        var schedule = await service.GetAsync(id, TasksApi.Owner(request), request.HttpContext.RequestAborted);
        var query = new Query(request).Tasks(request.GetCaller()) with { Owner = schedule.Owner, Tag = schedule.Tag };
        return new JsonBodyAnswer(await cache.ListAsync(TasksApi.Shape, query, TaskJson.Write, request.HttpContext.RequestAborted));
    }

    private async Task<IResult> SetPausedAsync(HttpRequest request, DurableTaskClient client, string id, bool isPaused)
    {
        await RequestBody.RequireNoneAsync(request);
        var changed = await service.ChangeAsync(
            client, id, TasksApi.Owner(request), former => former with { IsPaused = isPaused }, null, CancellationToken.None);
        return Answer(StatusCodes.Status200OK, changed);
    }

    private async Task<(ReadOnlyMemory<byte> Body, ScheduleRequest Wanted)> ReadAsync(HttpRequest request)
    {
        var body = await RequestBody.ReadWithPayloadAsync(request);
        return (body, ScheduleRequestReader.Read(body, time.GetUtcNow()));
    }

    private static Schedule Apply(ScheduleRequest wanted, Schedule schedule, Caller caller) => schedule with
    {
        Name = wanted.Name,
        Timing = wanted.HasFrom || schedule.Version == 0 ? wanted.Timing : wanted.Timing with { From = schedule.Timing.From },
        Missed = wanted.Missed,
        Overlap = wanted.Overlap,
        IsPaused = wanted.IsPaused,
        Task = wanted.Task,
        Roles = caller.Id == schedule.Owner ? [.. caller.Roles.Order(StringComparer.Ordinal)] : schedule.Roles,
    };

    /// <summary>The same for the same key of the same person, so that a request sent again meets the schedule of the first.</summary>
    private static string IdOf(RequestKey key) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{key.User.Length} {key.User} {key.Key}")))[..32];

    private static JsonAnswer<Schedule> Answer(int status, Schedule schedule, string? location = null) =>
        new(status, schedule, ScheduleJson.Write) { Location = location };
}
