using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Client;

/// <summary>Deletes ended instances, all or none; the result is how many were still there.</summary>
internal sealed class PurgeCommit(IReadOnlyList<long> keys)
    : TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously), ICommit, ICommitSource
{
    private int _purged;

    public ICommit TakeCommit() => this;

    public void Write(Rows rows)
    {
        foreach (var key in keys)
            _purged += rows.DeleteInstance(key) ? 1 : 0;
    }

    public void Committed() => TrySetResult(_purged);

    public void Undone() => _purged = 0;

    public void Refused(Exception error) => TrySetException(Refusals.Unwritten(error));
}
