using System.Diagnostics.CodeAnalysis;
using Tasklane.Stores.Sql.Ledgers;

namespace Tasklane.Stores.Sql.Writing;

/// <summary>A transition on its way through the writer.</summary>
internal abstract class Work(IReadOnlyList<string> ids, CancellationToken cancellation)
{
    /// <summary>The tasks it is about; read before it runs.</summary>
    public IReadOnlyList<string> Ids { get; } = ids;

    /// <summary>It needs their payload, result or checkpoint.</summary>
    public bool WantsBodies { get; init; }

    /// <summary>An idempotency key it asks about.</summary>
    public string? Key { get; init; }

    /// <summary>It queries what others of the same batch may still have in memory, so it runs in a batch of its own.</summary>
    public bool IsAlone { get; init; }

    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>Runs the transition; a refusal is kept as its outcome.</summary>
    public abstract void Run(Ledger ledger);

    /// <summary>The commit has happened: the caller gets the outcome.</summary>
    public abstract void Settle();

    /// <summary>It did not happen.</summary>
    public abstract void Fail(Exception error);

    public abstract void Cancel();
}

/// <inheritdoc/>
internal sealed class Work<T>(Func<Ledger, T> transition, IReadOnlyList<string> ids, CancellationToken cancellation) : Work(ids, cancellation)
{
    private readonly TaskCompletionSource<T> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Tasks.TaskException? refusal;

    [AllowNull]
    private T result = default!;

    public Task<T> Outcome => outcome.Task;

    public override void Run(Ledger ledger)
    {
        (refusal, result) = (null, default!);
        ledger.Turn();
        try
        {
            result = transition(ledger);
        }
        catch (Tasks.TaskException error) when (!error.IsOutage)
        {
            refusal = error;
        }
    }

    public override void Settle()
    {
        if (refusal is null) outcome.TrySetResult(result);
        else outcome.TrySetException(refusal);
    }

    public override void Fail(Exception error) => outcome.TrySetException(error);

    public override void Cancel() => outcome.TrySetCanceled(Cancellation);
}
