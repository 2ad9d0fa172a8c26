using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Ledgers;

/// <summary>
/// What the transitions of a batch work on. They run one after the other, on the writer's thread, under the hub's lock, over rows
/// held here; at the end every changed row is written once, and one commit makes all of it true. So a transition is atomic and
/// its guards are plain conditions, and a hundred of them cost little more than one.
/// <para>
/// Rows stay here after the commit: as long as nobody else has written (see <see cref="Hub.Writes"/>) they need not be read again.
/// </para>
/// <para>
/// A transition checks all its guards before it changes anything: a refused one leaves no trace in the batch.
/// </para>
/// </summary>
internal sealed partial class Ledger
{
    // Enough for the tasks on their way; when passed, everything is forgotten and read again when needed.
    private const int MostRows = 20_000;
    private const int MostLines = 2_000;
    private const int LargestBodyKept = 4_096;

    private readonly Dictionary<string, TaskRow> byId = new(StringComparer.Ordinal);
    private readonly Dictionary<long, TaskRow> byNumber = [];
    private readonly Dictionary<string, Line> lines = new(StringComparer.Ordinal);
    private readonly List<TaskRow> touched = [];
    private readonly TimeProvider time;
    private Hub? hub;

    public Ledger(WriteSession session, TasklaneOptions options, TimeProvider time)
    {
        (Session, Options, this.time) = (session, options, time);
        Slots = new Slots(options.Lanes);
        facets = new Facets(session);
    }

    public WriteSession Session { get; }

    public TasklaneOptions Options { get; }

    /// <summary>One time for the whole batch, to the millisecond.</summary>
    public DateTimeOffset Now { get; private set; }

    public long NowMs { get; private set; }

    public Hub Hub => hub!;

    public Slots Slots { get; }

    public Tally Tally { get; } = new();

    public long GrantEnd => NowMs + (long)(Options.GrantSeconds * 1000);

    public long LeaseEnd => NowMs + (long)(Options.LeaseSeconds * 1000);

    /// <summary>The task; null when there is none. Its work must have named it as wanted.</summary>
    public TaskRow? Find(string id) => byId.GetValueOrDefault(id);

    public TaskRow Numbered(long number) => byNumber[number];

    /// <summary>A row as read; the one already here, which may be newer, where there is one.</summary>
    public TaskRow Attach(TaskRow row)
    {
        if (byNumber.TryGetValue(row.Number, out var known)) return known;
        byNumber.Add(row.Number, row);
        byId.Add(row.Id, row);
        return row;
    }

    /// <summary>A new task. The caller lets it stand somewhere or hold a slot.</summary>
    public TaskRow Add(TaskRow row, string payload, NewTaskText text)
    {
        row.NewText = text;
        row.TakeBody(payload, null, null);
        byNumber.Add(row.Number, row);
        byId.Add(row.Id, row);
        Touch(row);
        return row;
    }

    /// <summary>Will be written at the end of the batch.</summary>
    public void Touch(TaskRow row)
    {
        if (row.IsTouched) return;
        row.IsTouched = true;
        touched.Add(row);
    }

    /// <summary>The record, with its body; reads the body where it is not here.</summary>
    public TaskRecord Record(TaskRow row)
    {
        EnsureBody(row);
        return row.ToRecord();
    }

    public void EnsureBody(TaskRow row)
    {
        if (!row.HasBody)
            Session.Fetch(Reads.BodiesByNumber, statement => statement.Ints([row.Number]), TakeBodies);
    }

    public Line LineOf(string name)
    {
        if (!lines.TryGetValue(name, out var line))
            lines.Add(name, line = new Line(name));
        return line;
    }

    /// <summary>Moves a task to a place in a line, or out of all lines (null); keeps the hub's counts of who waits.</summary>
    public void Stand(TaskRow row, string? line, long rank = 0)
    {
        if (row.Line is { } old)
        {
            if (lines.TryGetValue(old, out var left)) left.Leave(row);
            CountWaiting(row, old, -1);
        }
        (row.Line, row.LineRank) = (line, rank);
        if (line is not null)
        {
            LineOf(line).Join(row);
            CountWaiting(row, line, 1);
        }
        Touch(row);
    }

    /// <summary>Deleted: its row here is no more than a reminder to count it out.</summary>
    public void Remove(TaskRow row)
    {
        row.IsDropped = true;
        byNumber.Remove(row.Number);
        byId.Remove(row.Id);
        Touch(row);
    }

    private void CountWaiting(TaskRow row, string line, int by)
    {
        if (line == Line.Delayed) Hub.Delayed += by;
        else if (Line.IsWaiting(line)) Hub.Waiting[(int)row.Priority] += by;
    }

    public void TakeBodies(IRows rows)
    {
        while (rows.Next())
        {
            if (byNumber.TryGetValue(rows.Int(0), out var row))
                row.TakeBody(rows.Text(1), rows.TextOrNull(2), rows.TextOrNull(3));
        }
    }

    /// <summary>After a failure: nothing here can be trusted.</summary>
    public void Forget()
    {
        ForgetTasks();
        hub = null;
        Tally.Forget();
        facets.Forget();
        touched.Clear();
        keys.Clear();
        workers.Clear();
        newEvents.Clear();
        files.Clear();
    }

    /// <summary>Another process has written.</summary>
    private void ForgetTasks()
    {
        ForgetRows();
        Slots.Forget();
    }

    private void ForgetRows()
    {
        byId.Clear();
        byNumber.Clear();
        lines.Clear();
    }
}
