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

    /// <summary>The source of what another task makes.</summary>
    public const string ChildSource = "task";

    private const int CreatedAtOnce = 16;

    private readonly TaskRequestRules _rules = new(types, options.Value, time, services);

    /// <summary>Creates a task for <paramref name="caller"/>, or finds the one of an earlier request with the same idempotency key.</summary>
    /// <param name="source">Where the request came from: "http", "queue", "timer", ...</param>
    public async Task<Created> CreateAsync(
        DurableTaskClient client, TaskRequest request, Caller caller, string source, CancellationToken cancellation = default)
    {
        var task = _rules.Check(request, caller, source);
        await RequirePredecessorsAsync([task], caller, cancellation);
        await RequireRoomAsync(caller, source, 1, cancellation);
        return await CreateAsync(client, task, cancellation);
    }

    /// <summary>
    /// Creates a task that another one makes, for the same user. Where it has been made before, that is all; but in a later run of the parent
    /// one that did not complete is run again, once in that run.
    /// </summary>
    /// <param name="place">Among the children of the parent; it gives the child its id.</param>
    /// <returns>False: it has been asked to stop and is still at work; ask again when it has ended.</returns>
    public async Task<bool> CreateChildAsync(DurableTaskClient client, TaskRecord parent, int place, TaskRequest request, CancellationToken cancellation = default)
    {
        var task = _rules.Check(request, new Caller(parent.CreatedBy, parent.CreatedBy), ChildSource) with
        {
            Id = TaskIds.ChildOf(parent.Id, place),
            Parent = parent.Id,
        };
        try
        {
            await CreateAsync(client, task, cancellation);
            return true;
        }
        catch (TaskException made) when (made.Code == TaskErrors.Exists)
        {
        }
        if (parent.Run == 0)
            return true;
        var child = await GetAsync(task.Id, null, cancellation);
        if (child.Status is TaskState.Failed or TaskState.Cancelled)
            await RetryAsync(client, child.Id, null, new RequestKey($"children {parent.Id} {parent.Run}", child.Id, "retry"), cancellation);
        return !child.CancelRequested;
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
        var refs = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < requests.Count; i++)
        {
            try
            {
                tasks[i] = _rules.Check(requests[i], caller, source, refs);
            }
            catch (InvalidRequestException wrong)
            {
                errors.AddRange(wrong.Below($"/tasks/{i}"));
            }
            if (requests[i].Ref is { } name && !refs.Add(name))
                errors.Add(new FieldError($"/tasks/{i}/ref", FieldErrors.NoneOf, string.Join(", ", refs), name));
        }
        if (errors.Count > 0)
            throw InvalidRequestException.OfFields(RequestErrors.InvalidField, errors);

        await RequirePredecessorsAsync(tasks, caller, cancellation);
        await RequireRoomAsync(caller, source, tasks.Length, cancellation);
        var made = new Created[tasks.Length];
        // Those that wait for others are made after them, under the ids that these have got, which may be those of an earlier request.
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        var rest = Enumerable.Range(0, tasks.Length).ToList();
        try
        {
            while (rest.Count > 0)
            {
                var next = rest.TakeWhile(i => tasks[i].After?.Tasks.All(one => TaskIds.IsWellFormed(one) || ids.ContainsKey(one)) != false).ToList();
                await Parallel.ForEachAsync(next, new ParallelOptions { MaxDegreeOfParallelism = CreatedAtOnce, CancellationToken = cancellation }, async (i, stop) =>
                {
                    var after = tasks[i].After;
                    made[i] = await CreateAsync(
                        client, after is null ? tasks[i] : tasks[i] with { After = after with { Tasks = [.. after.Tasks.Select(one => ids.GetValueOrDefault(one, one))] } }, stop);
                });
                foreach (var i in next)
                {
                    if (requests[i].Ref is { } name)
                        ids[name] = made[i].Task.Id;
                }
                rest.RemoveRange(0, next.Count);
            }
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

    /// <summary>Refuses tasks that wait for others which there are not, or which the caller may not see.</summary>
    private async Task RequirePredecessorsAsync(IReadOnlyList<NewTask> tasks, Caller caller, CancellationToken cancellation)
    {
        var ids = tasks.SelectMany(task => task.After?.Tasks ?? []).Where(TaskIds.IsWellFormed).ToHashSet(StringComparer.Ordinal);
        if (ids.Count == 0)
            return;
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = CreatedAtOnce, CancellationToken = cancellation }, async (id, stop) =>
        {
            if (await store.GetAsync(id, caller.SeesAll ? null : caller.Id, stop) is null)
                throw new InvalidRequestException(TaskErrors.AfterNotFound, id);
        });
    }

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
        while (created.Taken && task.Unique!.OnConflict != UniqueConflict.Reuse)
        {
            if (task.Unique.OnConflict == UniqueConflict.Reject)
                throw new InvalidRequestException(TaskErrors.NotUnique, task.Unique.Key, created.Task.Id);
            task = await TakePlaceOfAsync(client, task, created.Task, cancellation);
            created = await store.CreateAsync(task, cancellation);
        }
        TaskTelemetry.Describe(span, created.Task);
        if (!created.Existing)
            TaskTelemetry.Created(created.Task);
        await waker.WakeAsync(client, created, time);
        return created;
    }

    /// <summary>Ends the task that has the unique key; the new one takes its place, and waits for it where it is still at work.</summary>
    private async Task<NewTask> TakePlaceOfAsync(DurableTaskClient client, NewTask task, TaskRecord former, CancellationToken cancellation)
    {
        var isStopping = false;
        try
        {
            isStopping = (await CancelAsync(client, former.Id, former.CreatedBy, stopRunning: true, cancellation)).Stopping;
        }
        catch (TaskException ended) when (ended.Code is TaskErrors.NotCancellable or TaskErrors.NotFound)
        {
        }
        return task with
        {
            Unique = task.Unique! with { Replaces = former.Id },
            After = isStopping ? new TaskAfter([former.Id], OnFailure: AfterFailure.Run) : null,
        };
    }

    private static string WellFormed(string id) => TaskIds.IsWellFormed(id) ? id : throw NotFound();

    private static InvalidRequestException NotFound() => new(TaskErrors.NotFound);
}
