using System.Diagnostics.CodeAnalysis;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Writing;

/// <summary>What came of a transition once it was committed, on a server.</summary>
/// <param name="Grants">Tasks that got a slot which two transactions had missed.</param>
internal readonly record struct Aftermath(IReadOnlyList<Grant> Grants, bool Ring);

/// <summary>A transition on its way through the writer.</summary>
internal abstract class Work(IReadOnlyList<string> ids, CancellationToken cancellation)
{
    /// <summary>The tasks it is about; read, and on servers locked, before it runs.</summary>
    public IReadOnlyList<string> Ids { get; } = ids;

    /// <summary>It needs their payload, result or checkpoint.</summary>
    public bool WantsBodies { get; init; }

    /// <summary>The idempotency key it asks about.</summary>
    public RequestKey? Key { get; init; }

    /// <summary>The unique key of a task that it creates.</summary>
    public RequestKey? Unique { get; init; }

    /// <summary>It creates a task: the first of <see cref="Ids"/>.</summary>
    public bool Creates { get; init; }

    /// <summary>It gives slots away, or takes one.</summary>
    public bool WantsSlots { get; init; }

    /// <summary>It queries what others of the same batch may still have in memory, so it runs in a batch of its own.</summary>
    public bool IsAlone { get; init; }

    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>Runs the transition; a refusal is kept as its outcome.</summary>
    public abstract void Run(TaskTransaction transaction);

    /// <summary>It may be run once more, and then finds events that came in the meantime.</summary>
    public abstract bool RepeatsWhenMissed { get; }

    /// <summary>Its outcome has room for what came after the commit.</summary>
    public abstract bool Tells { get; }

    /// <summary>Its outcome tells of others' slots, so that what it left for others may be given away in its name.</summary>
    public bool TellsGrants => Tells && WantsSlots;

    /// <summary>What came after the commit belongs to its outcome.</summary>
    public abstract void Add(Aftermath aftermath);

    /// <summary>The commit has happened: the caller gets the outcome.</summary>
    public abstract void Settle();

    /// <summary>It did not happen, or nobody knows.</summary>
    public abstract void Fail(Exception error);

    public abstract void Cancel();
}

/// <inheritdoc/>
internal sealed class Work<T>(Func<TaskTransaction, T> transition, IReadOnlyList<string> ids, CancellationToken cancellation) : Work(ids, cancellation)
{
    private readonly TaskCompletionSource<T> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskException? refusal;

    [AllowNull]
    private T result = default!;

    public Task<T> Outcome => outcome.Task;

    /// <summary>How an aftermath is told; outcomes that tell of nobody else have none.</summary>
    public Func<T, Aftermath, T>? Tell { get; init; }

    /// <summary>Outcomes after which it is repeated where events were missed.</summary>
    public Func<T, bool>? Missed { get; init; }

    public override bool RepeatsWhenMissed => refusal is null && Missed?.Invoke(result) == true;

    public override bool Tells => refusal is null && Tell is not null;

    public override void Run(TaskTransaction transaction)
    {
        (refusal, result) = (null, default!);
        transaction.BeginTransition();
        try
        {
            result = transition(transaction);
        }
        catch (TaskException error) when (!error.IsOutage)
        {
            refusal = error;
        }
    }

    public override void Add(Aftermath aftermath)
    {
        if (refusal is null && Tell is not null) result = Tell(result, aftermath);
    }

    public override void Settle()
    {
        if (refusal is null) outcome.TrySetResult(result);
        else outcome.TrySetException(refusal);
    }

    public override void Fail(Exception error) => outcome.TrySetException(error);

    public override void Cancel() => outcome.TrySetCanceled(Cancellation);
}
