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
public sealed class TaskService(ITaskStore store, TaskTypes types, TaskWaker waker, TimeProvider time, IOptions<TasklaneOptions> options, IServiceProvider services)
{
    private readonly TaskRequestRules _rules = new(types, options.Value, time, services);

    /// <summary>Creates a task for <paramref name="caller"/>, or finds the one of an earlier request with the same idempotency key.</summary>
    /// <param name="source">Where the request came from: "http", "queue", "timer", ...</param>
    public async Task<Created> CreateAsync(
        DurableTaskClient client, TaskRequest request, Caller caller, string source, CancellationToken cancellation = default)
    {
        var created = await store.CreateAsync(_rules.Check(request, caller, source), cancellation);
        await waker.WakeAsync(client, created, time);
        return created;
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

    /// <summary>A task as <paramref name="owner"/> (null = an admin) may see it; throws <see cref="TaskErrors.NotFound"/>.</summary>
    public async Task<TaskRecord> GetAsync(string id, string? owner, CancellationToken cancellation = default) =>
        await store.GetAsync(WellFormed(id), owner, cancellation) ?? throw NotFound();

    private static string WellFormed(string id) => TaskIds.IsWellFormed(id) ? id : throw NotFound();

    private static InvalidRequestException NotFound() => new(TaskErrors.NotFound);
}
