using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Tests.Durable.Programs;

/// <summary>Fails at random points of transactions, in every way there is.</summary>
internal sealed class RandomDisk(Random random, int percent, int crashes) : IStorageFaults
{
    private const int MostFailures = 12;
    private int _crashes = crashes;
    private int _failures;

    /// <summary>Nothing fails any more: the rest is read and compared.</summary>
    public volatile bool IsSound;

    /// <summary>How often each kind of fault was met.</summary>
    public Dictionary<string, int> Met { get; } = [];

    /// <summary>Called when the process is as if killed.</summary>
    public Action? Killed { get; set; }

    public void At(WritePoint point, Connection db)
    {
        if (IsSound || random.Next(100) >= percent)
            return;
        if (_crashes > 0 && random.Next(3) == 0)
        {
            _crashes--;
            Note($"killed at {point}");
            Killed?.Invoke();
            throw new OperationCanceledException("The process was killed.");
        }

        if (_failures++ >= MostFailures)
            return;
        if (point == WritePoint.BeforeCommit && random.Next(2) == 0)
        {
            Note("rolled back by SQLite");
            db.Execute("ROLLBACK");
            return;
        }

        Note($"failed at {point}");
        throw new StorageException("SQLite: disk I/O error (10)");
    }

    private void Note(string kind)
    {
        lock (Met)
            Met[kind] = Met.GetValueOrDefault(kind) + 1;
    }
}
