using System.Globalization;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transactions;

/// <summary>The end: everything that changed is written. Tables come in one order, so that two transactions cannot wait for each other.</summary>
internal abstract partial class TaskTransaction
{
    private readonly Facets facets;
    private readonly Dictionary<(string User, string Key), KeyUse> keys = [];
    private readonly Dictionary<string, (string Epoch, int Running)> workers = new(StringComparer.Ordinal);
    private readonly Dictionary<(long Number, int Chunk), ReadOnlyMemory<byte>> files = [];

    /// <summary>What an idempotency key was used for.</summary>
    /// <param name="Number">Of the task, which may have been purged; 0 when it was used for log lines.</param>
    /// <param name="Lines">Numbers of the log lines, as ranges; of a unique key, until when it counts at least, in milliseconds since 1970.</param>
    /// <param name="IsStored">The database has a row for the key.</param>
    internal sealed record KeyUse(long Number, string? Lines, string RequestHash, DateTimeOffset ExpiresAt, bool IsStored, bool IsNew)
    {
        /// <summary>The task, where it is the use of this very transaction.</summary>
        public TaskRow? Row { get; init; }
    }

    /// <summary>The use of a key that still counts; null when the key is free. The work must have named it as wanted.</summary>
    public KeyUse? FindUse(RequestKey key) => keys.GetValueOrDefault((key.User, key.Key)) is { } use && use.ExpiresAt > Now ? use : null;

    /// <summary>The task that a key was used for; null when it has been purged.</summary>
    public TaskRow? TaskOf(KeyUse use)
    {
        if (use.Row is not null) return use.Row;
        if (byNumber.TryGetValue(use.Number, out var row)) return row;
        Session.Fetch(Reads.TasksByNumber, statement => statement.Ints([use.Number]), rows => row = rows.Next() ? Attach(TaskRowColumns.Read(rows)) : null);
        return row;
    }

    public void UseKey(RequestKey key, TaskRow row) => Use(key, row.Number, null, row);

    /// <summary>The task that has a unique key; null when it is free. The task is locked.</summary>
    public TaskRow? UniqueHolder(RequestKey key)
    {
        if (FindUse(key) is not { } use) return null;
        Load([use.Number]);
        var row = use.Row ?? FindNumbered(use.Number);
        return row is not null && (!row.Status.IsTerminal() || long.Parse(use.Lines!, CultureInfo.InvariantCulture) > NowMs) ? row : null;
    }

    /// <summary>Takes a unique key, for good: it is free when its task has ended, and goes with it.</summary>
    public void TakeUnique(RequestKey key, TaskRow row, double seconds)
    {
        var until = NowMs + (long)(seconds * 1000);
        keys[(key.User, key.Key)] = new KeyUse(
            row.Number, until.ToString(CultureInfo.InvariantCulture), "", Now.AddYears(100), keys.ContainsKey((key.User, key.Key)), IsNew: true)
        { Row = row };
    }

    public void UseKey(RequestKey key, string lines) => Use(key, 0, lines, null);

    public void SeeWorker(WorkerName worker, int running) => workers[worker.Name] = (worker.Epoch, running);

    public void WriteFile(TaskRow row, int chunk, ReadOnlyMemory<byte> bytes) => files[(row.Number, chunk)] = bytes;

    /// <summary>Writes all that changed.</summary>
    public virtual void Flush()
    {
        foreach (var row in touched)
            Flush(row);
        FlushFiles();
        FlushKeys();
        FlushWorkers();
        facets.Flush();
        Counters.Flush(Session);
    }

    /// <summary>The commit has happened.</summary>
    public virtual void Committed()
    {
        foreach (var row in touched)
            row.Stored();
        touched.Clear();
        keys.Clear();
        hasEvents = false;
    }

    /// <summary>A kind of tasks that the database does not know yet.</summary>
    protected abstract long AddFacet(Facet facet);

    private void Use(RequestKey key, long number, string? lines, TaskRow? row) => keys[(key.User, key.Key)] =
        new KeyUse(number, lines, key.Hash, Now + RequestKey.Kept, keys.ContainsKey((key.User, key.Key)), IsNew: true) { Row = row };

    private void TakeKey(string user, string key, IRows rows)
    {
        if (rows.Next())
            keys[(user, key)] = new KeyUse(rows.Int(4), rows.TextOrNull(5), rows.TextOrNull(2) ?? "", rows.Time(3), IsStored: true, IsNew: false);
    }

    private void Flush(TaskRow row)
    {
        if (row.IsDropped)
        {
            facets.Leave(row);
            FlushSlot(row);
            return;
        }
        if (row.NewText is { } text)
        {
            facets.Enter(row, AddFacet);
            Session.Write(Writes.NewTask).Int(row.Number).Immutable(row).Mutable(row).Indexed(row).Run();
            Session.Write(Writes.NewBody).Int(row.Number).Text(row.Payload).Text(row.Result).Text(row.Checkpoint).Run();
            FlushText(row, text);
        }
        else if (row.HasChanged)
        {
            var moved = row.Status != row.StoredStatus;
            if (moved)
            {
                facets.Leave(row);
                facets.Enter(row, AddFacet);
            }
            if (moved || row.Queue != row.StoredQueue || row.QueueRank != row.StoredQueueRank)
                Session.Write(Writes.TaskIndexed).Int(row.Number).Mutable(row).Indexed(row).Run();
            else
                Session.Write(Writes.TaskMutable).Int(row.Number).Mutable(row).Run();
            if (row.BodyChanged)
                Session.Write(Writes.Body).Int(row.Number).Text(row.Result).Text(row.Checkpoint).Run();
        }
        FlushSlot(row);
    }

    private void FlushSlot(TaskRow row)
    {
        if (row.SlotUntil is { } until)
        {
            if (!row.SlotStored) Session.Write(Writes.NewSlot).Int(row.Number).Int(until).Text(row.Type).Text(row.CreatedBy).Text(row.Seats).Run();
            else if (until != row.StoredSlotUntil || row.Seats != row.StoredSeats) Session.Write(Writes.Slot).Int(row.Number).Int(until).Text(row.Seats).Run();
        }
        else if (row.SlotStored)
        {
            Session.Write(Writes.DropSlot).Int(row.Number).Run();
        }
    }

    private void FlushText(TaskRow row, NewTaskText text)
    {
        foreach (var tag in row.Tagged)
            Session.Write(Writes.NewTag).Text(tag).Int(row.Number).Run();
        foreach (var word in text.Words)
            Session.Write(Writes.NewWord).Text(word).Int(row.Number).Run();
        foreach (var (name, value) in text.Params)
            Session.Write(Writes.NewParam).Text(row.Id).Text(name).Text(value).Run();
    }

    private void FlushKeys()
    {
        foreach (var ((user, key), use) in keys.Where(key => key.Value.IsNew).OrderBy(key => key.Key.User, StringComparer.Ordinal).ThenBy(key => key.Key.Key, StringComparer.Ordinal))
        {
            Session.Write(use.IsStored ? Writes.UsedKey : Writes.NewKey)
                .Text(user).Text(key).Int(use.Number).Text(use.RequestHash).Time(use.ExpiresAt).Text(use.Lines).Run();
        }
    }

    private void FlushWorkers()
    {
        foreach (var (name, (epoch, running)) in workers.OrderBy(worker => worker.Key, StringComparer.Ordinal))
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
