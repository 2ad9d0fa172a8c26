using System.Diagnostics;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks;

/// <summary>
/// The one way to create, cancel and retry tasks, from whatever trigger: checks, changes the store, then wakes what the change
/// woke. Errors: <see cref="InvalidRequestException"/> for a request that cannot be used, <see cref="TaskException"/> from the store.
/// </summary>
public sealed class TaskService(
    ITaskStore store, TaskTypes types, TaskWaker waker, TaskRemover remover, TimeProvider time, IOptions<TasklaneOptions> options, IServiceProvider services)
{
    /// <summary>The source of what somebody asks for over HTTP.</summary>
    public const string HttpSource = "http";

    private const int CreatedAtOnce = 16;

    private readonly TaskRequestRules _rules = new(types, options.Value, time, services);

    /// <summary>Creates a task for <paramref name="caller"/>, or finds the one of an earlier request with the same idempotency key.</summary>
    /// <param name="source">Where the request came from: "http", "queue", "timer", ...</param>
    public async Task<Created> CreateAsync(
        DurableTaskClient client, TaskRequest request, Caller caller, string source, CancellationToken cancellation = default)
    {
        var task = _rules.Check(request, caller, source);
        await RequireRoomAsync(caller, source, 1, cancellation);
        return await CreateAsync(client, task, cancellation);
    }

    /// <summary>Checks a request without creating anything.</summary>
    /// <exception cref="InvalidRequestException">It cannot be created.</exception>
    public void Check(TaskRequest request, Caller caller, string source) => _rules.Check(request, caller, source);

    /// <summary>
    /// Creates several tasks, in their order, all of which are checked before the first is made. Where the store fails in between, some
    /// have been made: the same again under the same idempotency key finds those and makes the others.
    /// </summary>
    /// <exception cref="InvalidRequestException">Some cannot be made; fields are pointers below <c>/tasks/{place}</c>. None was.</exception>
    public async Task<IReadOnlyList<Created>> CreateAllAsync(
        DurableTaskClient client, IReadOnlyList<TaskRequest> requests, Caller caller, string source, CancellationToken cancellation = default)
    {
        var errors = new List<FieldError>();
        var tasks = new NewTask[requests.Count];
        for (var i = 0; i < requests.Count; i++)
        {
            try
            {
                tasks[i] = _rules.Check(requests[i], caller, source);
            }
            catch (InvalidRequestException wrong)
            {
                errors.AddRange(wrong.Below($"/tasks/{i}"));
            }
        }
        if (errors.Count > 0)
            throw InvalidRequestException.OfFields(RequestErrors.InvalidField, errors);

        await RequireRoomAsync(caller, source, tasks.Length, cancellation);
        var made = new Created[tasks.Length];
        try
        {
            await Parallel.ForAsync(0, tasks.Length, new ParallelOptions { MaxDegreeOfParallelism = CreatedAtOnce, CancellationToken = cancellation }, async (i, stop) =>
            {
                made[i] = await CreateAsync(client, tasks[i], stop);
            });
        }
        catch (TaskException away) when (away.IsOutage && made.Any(one => one is not null))
        {
            throw new TaskException(TaskErrors.OutcomeUnknown, "Some of the tasks were made before the store failed.", away);
        }
        return made;
    }

    /// <summary>Cancels; see <see cref="ITaskStore.CancelAsync"/>.</summary>
    public async Task<Cancelled> CancelAsync(
        DurableTaskClient client, string id, string? owner, bool stopRunning, CancellationToken cancellation = default)
    {
        var cancelled = await store.CancelAsync(WellFormed(id), owner, stopRunning, cancellation);
        var others = waker.WakeAsync(client, cancelled.Wakes);
        // One that waits for its time or a slot ends now instead of then; the worker of a running one learns of it by its heartbeat.
        if (!cancelled.Stopping)
            await waker.RaiseAsync(client, cancelled.Task.InstanceId, Instances.Wake);
        await others;
        return cancelled;
    }

    /// <summary>Runs a failed or cancelled task again; see <see cref="ITaskStore.RetryAsync"/>.</summary>
    public async Task<Created> RetryAsync(
        DurableTaskClient client, string id, string? owner, RequestKey? key = null, CancellationToken cancellation = default)
    {
        var created = await store.RetryAsync(WellFormed(id), owner, key, cancellation);
        await waker.WakeAsync(client, created, time);
        return created;
    }

    /// <summary>
    /// Deletes a task for good, with its log, events and file: one that has ended, or that waits and is cancelled first. Refused:
    /// <see cref="TaskErrors.NotFound"/>, <see cref="TaskErrors.Running"/>.
    /// </summary>
    /// <returns>The task as it was last.</returns>
    public async Task<TaskRecord> DeleteAsync(DurableTaskClient client, string id, string? owner, CancellationToken cancellation = default)
    {
        var task = await GetAsync(id, owner, cancellation);
        if (!task.Status.IsTerminal())
            task = (await CancelAsync(client, id, owner, stopRunning: false, cancellation)).Task;
        return await remover.RemoveAsync(client, task, cancellation) ? task : throw new InvalidRequestException(TaskErrors.Running);
    }

    /// <summary>A task as <paramref name="owner"/> (null = an admin) may see it; throws <see cref="TaskErrors.NotFound"/>.</summary>
    public async Task<TaskRecord> GetAsync(string id, string? owner, CancellationToken cancellation = default) =>
        await store.GetAsync(WellFormed(id), owner, cancellation) ?? throw NotFound();

    /// <summary>What tells whether an answer about the task, its events or its log still holds, as <see cref="GetAsync"/> may see it.</summary>
    public async Task<TaskVersion> GetVersionAsync(string id, string? owner, CancellationToken cancellation = default) =>
        await store.GetTaskVersionAsync(WellFormed(id), owner, cancellation) ?? throw NotFound();

    /// <summary>Refuses more tasks than one user may have waiting, where somebody is there to be refused: what comes in by itself waits, however much it is.</summary>
    private async Task RequireRoomAsync(Caller caller, string source, int count, CancellationToken cancellation)
    {
        if (options.Value.Limits.PendingPerUser is not (> 0 and var most) || source != HttpSource || caller.IsAdmin)
            return;
        var pending = await store.ListAsync(new TaskQuery { Owner = caller.Id, Status = TaskState.Pending, PageSize = 1 }, cancellation);
        if (pending.Total + count > most)
            throw new InvalidRequestException(RequestErrors.BacklogFull, most, pending.Total);
    }

    private async Task<Created> CreateAsync(DurableTaskClient client, NewTask task, CancellationToken cancellation)
    {
        using var span = TaskTelemetry.Source.StartActivity("create", ActivityKind.Producer);
        var created = await store.CreateAsync(task, cancellation);
        TaskTelemetry.Describe(span, created.Task);
        if (!created.Existing)
            TaskTelemetry.Created(created.Task);
        await waker.WakeAsync(client, created, time);
        return created;
    }

    private static string WellFormed(string id) => TaskIds.IsWellFormed(id) ? id : throw NotFound();

    private static InvalidRequestException NotFound() => new(TaskErrors.NotFound);
}
