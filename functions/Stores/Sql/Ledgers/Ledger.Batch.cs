using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transitions;
using Tasklane.Stores.Sql.Writing;

namespace Tasklane.Stores.Sql.Ledgers;

/// <summary>The beginning and the end of a batch.</summary>
internal sealed partial class Ledger
{
    private const int LapsedAtOnce = 2_000;

    private readonly Facets facets;

    /// <summary>Opens the transaction and reads what the works want, in one go.</summary>
    public void Begin(IReadOnlyList<Work> works)
    {
        NowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        Now = DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
        var stale = false;
        Session.Begin(
        [
            new Fetch(Reads.Hub, _ => { }, rows =>
            {
                if (!rows.Next()) throw new InvalidDataException("The hub's row is missing.");
                var stored = Hub.Read(rows);
                stale = hub is not null && hub.Writes != stored.Writes;
                if (stale) ForgetTasks();
                hub = stored;
            }),
            .. Wanted(works),
        ]);
        if (stale) Session.Fetch(Wanted(works));
        if (Hub.NextLapse <= NowMs) EndSlots();
    }

    /// <summary>Writes all that changed.</summary>
    public void Flush()
    {
        var changed = touched.Count > 0 || newEvents.Count > 0 || hubChanged;
        foreach (var row in touched)
            Flush(row);
        facets.Flush();
        Tally.Flush(Session);
        FlushWorkers();
        FlushFiles();
        FlushKeys();
        if (!changed) return;
        Hub.Writes++;
        Hub.Write(Session.Write(Writes.Hub));
    }

    /// <summary>The commit has happened.</summary>
    public void Committed()
    {
        foreach (var row in touched)
        {
            row.Stored();
            row.ForgetLargeBody(LargestBodyKept);
        }
        touched.Clear();
        newEvents.Clear();
        keys.Clear();
        hubChanged = false;
        if (byNumber.Count > MostRows || lines.Count > MostLines)
        {
            ForgetRows();
            return;
        }
        foreach (var line in lines.Values)
            line.Trim();
    }

    /// <summary>Takes the slots back whose time is over, and finds out when to look again. Renewals meanwhile only make it later.</summary>
    private void EndSlots()
    {
        var lapsed = new List<TaskRow>();
        Session.Fetch(
        [
            new Fetch(Reads.Lapsed, statement => statement.Int(NowMs).Int(LapsedAtOnce), rows =>
            {
                while (rows.Next())
                    lapsed.Add(Attach(TaskRowColumns.Read(rows)));
            }),
            new Fetch(Reads.NextLapse, statement => statement.Int(NowMs), rows =>
            {
                rows.Next();
                if (lapsed.Count < LapsedAtOnce) Hub.NextLapse = rows.IntOrNull(0) ?? long.MaxValue;
            }),
        ]);
        TouchHub();
        foreach (var row in lapsed)
            this.Lapse(row);
    }

    private List<Fetch> Wanted(IReadOnlyList<Work> works)
    {
        var ids = new HashSet<string>();
        var bodies = new HashSet<string>();
        var names = new HashSet<string>();
        foreach (var work in works)
        {
            foreach (var id in work.Ids)
            {
                var known = byId.GetValueOrDefault(id);
                if (known is null) ids.Add(id);
                if (work.WantsBodies && known is not { HasBody: true }) bodies.Add(id);
            }
            if (work.Key is not null) names.Add(work.Key);
        }
        var fetches = new List<Fetch>(4);
        if (ids.Count > 0) fetches.Add(new Fetch(Reads.Tasks, statement => statement.Texts([.. ids]), TakeTasks));
        if (bodies.Count > 0) fetches.Add(new Fetch(Reads.Bodies, statement => statement.Texts([.. bodies]), TakeBodies));
        if (names.Count > 0) fetches.Add(new Fetch(Reads.Keys, statement => statement.Texts([.. names]), TakeKeys));
        if (!Slots.AreKnown) fetches.Add(new Fetch(Reads.Slots, _ => { }, Slots.Take));
        return fetches;
    }

    private void TakeTasks(IRows rows)
    {
        while (rows.Next())
            Attach(TaskRowColumns.Read(rows));
    }

    private void Flush(TaskRow row)
    {
        if (row.IsDropped)
        {
            facets.Leave(row);
            return;
        }
        if (row.NewText is { } text)
        {
            facets.Enter(row, Hub);
            Session.Write(Writes.NewTask).Int(row.Number).Nature(row).Course(row).Standing(row).Run();
            Session.Write(Writes.NewBody).Int(row.Number).Text(row.Payload).Text(row.Result).Text(row.Checkpoint).Run();
            FlushText(row, text);
        }
        else
        {
            var moved = row.Status != row.StoredStatus;
            if (moved)
            {
                facets.Leave(row);
                facets.Enter(row, Hub);
            }
            if (moved || row.Line != row.StoredLine || row.LineRank != row.StoredLineRank)
                Session.Write(Writes.TaskStanding).Int(row.Number).Course(row).Standing(row).Run();
            else
                Session.Write(Writes.TaskCourse).Int(row.Number).Course(row).Run();
            if (row.BodyChanged)
                Session.Write(Writes.Body).Int(row.Number).Text(row.Result).Text(row.Checkpoint).Run();
        }
        FlushSlot(row);
    }

    private void FlushSlot(TaskRow row)
    {
        if (row.SlotUntil is { } until)
        {
            if (!row.SlotStored) Session.Write(Writes.NewSlot).Int(row.Number).Int(until).Text(row.Type).Text(row.CreatedBy).Run();
            else if (until != row.StoredSlotUntil) Session.Write(Writes.Slot).Int(row.Number).Int(until).Run();
        }
        else if (row.SlotStored)
        {
            Session.Write(Writes.DropSlot).Int(row.Number).Run();
        }
    }

    private void FlushText(TaskRow row, NewTaskText text)
    {
        foreach (var tag in row.Tags.Distinct(StringComparer.Ordinal))
            Session.Write(Writes.NewTag).Text(tag).Int(row.Number).Run();
        foreach (var word in text.Words)
            Session.Write(Writes.NewWord).Text(word).Int(row.Number).Run();
        foreach (var (name, value) in text.Params)
            Session.Write(Writes.NewParam).Text(row.Id).Text(name).Text(value).Run();
    }
}
