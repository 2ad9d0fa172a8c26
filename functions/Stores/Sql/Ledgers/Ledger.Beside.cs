using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Ledgers;

/// <summary>What belongs to tasks and is written beside them: idempotency keys, workers, files.</summary>
internal sealed partial class Ledger
{
    private readonly Dictionary<(string User, string Key), KeyUse> keys = [];
    private readonly Dictionary<string, (string Epoch, int Running)> workers = new(StringComparer.Ordinal);
    private readonly Dictionary<(long Number, int Chunk), ReadOnlyMemory<byte>> files = [];

    /// <summary>What an idempotency key was used for.</summary>
    internal sealed record KeyUse(TaskRow Row, string? RequestHash, DateTimeOffset ExpiresAt, bool IsNew);

    /// <summary>The use of a user's key that still counts; null when it is free.</summary>
    public KeyUse? FindKey(string user, string key) =>
        keys.GetValueOrDefault((user, key)) is { } use && use.ExpiresAt > Now ? use : null;

    public void UseKey(string user, string key, TaskRow row, string? requestHash) =>
        keys[(user, key)] = new KeyUse(row, requestHash, Now.AddHours(24), IsNew: true);

    public void SeeWorker(WorkerName worker, int running) => workers[worker.Name] = (worker.Epoch, running);

    public void WriteFile(TaskRow row, int chunk, ReadOnlyMemory<byte> bytes) => files[(row.Number, chunk)] = bytes;

    private void TakeKeys(IRows rows)
    {
        while (rows.Next())
        {
            var row = Attach(TaskRowColumns.Read(rows, 4));
            keys.TryAdd((rows.Text(0), rows.Text(1)), new KeyUse(row, rows.TextOrNull(2), rows.Time(3), IsNew: false));
        }
    }

    private void FlushKeys()
    {
        foreach (var ((user, key), use) in keys)
        {
            if (use.IsNew)
                Session.Write(Writes.Key).Text(user).Text(key).Int(use.Row.Number).Text(use.RequestHash).Time(use.ExpiresAt).Run();
        }
    }

    private void FlushWorkers()
    {
        foreach (var (name, (epoch, running)) in workers)
            Session.Write(Writes.Worker).Text(name).Text(epoch).Int(running).Time(Now).Run();
        workers.Clear();
    }

    private void FlushFiles()
    {
        foreach (var ((number, chunk), bytes) in files)
            Session.Write(Writes.File).Int(number).Int(chunk).Bytes(bytes).Run();
        files.Clear();
    }
}
