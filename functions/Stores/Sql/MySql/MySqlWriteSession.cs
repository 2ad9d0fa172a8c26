using System.Globalization;
using MySqlConnector;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.MySql;

/// <summary>
/// Writes in two round trips, if nothing else has to be looked for: the statements of each go in one packet, and the server stops at the
/// first that fails.
/// </summary>
internal sealed class MySqlWriteSession(MySqlSource source) : ServerSession
{
    private const int SeatsAtOnce = 500;

    private const string NewFacet =
        "insert ignore into async_task_facets (scope, created_by, task_type, priority, status) values (@p1, @p2, @p3, @p4, @p5)";

    private readonly List<MySqlQuery> writes = [];
    private MySqlConnection? connection;
    private bool open;

    public override bool IsConnected => connection is not null;

    /// <summary>Two made the same at once, or waited for each other: the second try finds what the first one left.</summary>
    public override bool IsConflict(Exception error) => error is MySqlException
    {
        ErrorCode: MySqlErrorCode.LockDeadlock or MySqlErrorCode.DuplicateKeyEntry,
    };

    public override void Begin(IReadOnlyList<Fetch> fetches) => Guarded(() =>
    {
        writes.Clear();
        connection ??= source.OpenWriter();
        open = true;
        Run([new MySqlBatchCommand("begin")], fetches);
    });

    public override void Fetch(IReadOnlyList<Fetch> fetches)
    {
        if (fetches.Count > 0) Guarded(() => Run([], fetches));
    }

    public override IStatement Write(SqlWrite write) => new MySqlQuery(write.MySql) { Runs = writes.Add };

    public override void WriteNow()
    {
        if (writes.Count == 0) return;
        Guarded(() => Run([.. writes.Select(write => write.ToBatchCommand())], []));
        writes.Clear();
    }

    public override void Commit(IReadOnlyList<Fetch> after)
    {
        try
        {
            Run([.. writes.Select(write => write.ToBatchCommand()), new MySqlBatchCommand("commit")], after);
            open = false;
            writes.Clear();
        }
        catch (Exception error) when (Unavailable(error) is { } unavailable)
        {
            // What the server refused in words did not happen; where it fell silent, nobody knows.
            throw MySqlSource.IsBroken(error)
                ? new TaskException(TaskErrors.OutcomeUnknown, $"MySQL's answer to a write got lost. ({error.Message})", error)
                : unavailable;
        }
    }

    public override void Rollback()
    {
        writes.Clear();
        if (!open) return;
        open = false;
        try
        {
            using var command = new MySqlCommand("rollback", connection);
            command.ExecuteNonQuery();
        }
        catch (Exception error) when (error is MySqlException or InvalidOperationException)
        {
            Dispose();
        }
    }

    public override long AddFacet(Facet facet)
    {
        long number = 0;
        Guarded(() =>
        {
            using var other = source.OpenHelper();
            var insert = new MySqlQuery(NewFacet);
            facet.Bind(insert);
            using (var command = insert.ToCommand(other))
                command.ExecuteNonQuery();
            var select = new MySqlQuery(Reads.Facet.MySql);
            facet.Bind(select);
            using (var command = select.ToCommand(other))
                number = Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
        });
        return number;
    }

    public override Fetch NextNumbers(Sequence sequence, int count, Action<long> take)
    {
        var table = sequence == Sequence.Tasks ? "async_task_numbers" : "async_log_line_numbers";
        // The server gives the rows of one insert numbers that follow each other.
        var rows = string.Join(", ", Enumerable.Repeat("(null)", count));
        var number = new SqlRead(
            $"insert into {table} (id) values {rows}; "
            + $"delete from {table} where id >= last_insert_id() and id < last_insert_id() + {count.ToString(CultureInfo.InvariantCulture)}; "
            + "select cast(last_insert_id() as signed)");
        return new Fetch(number, _ => { }, found =>
        {
            found.Next();
            for (var i = 0; i < count; i++)
                take(found.Int(0) + i);
        });
    }

    public override void Dispose()
    {
        connection?.Dispose();
        (connection, open) = (null, false);
    }

    protected override void AddSeats(string pool, int limit) => Guarded(() =>
    {
        using var other = source.OpenHelper();
        // Those that are there are left alone: an insert of one would wait for whoever has locked it, which is most often this very
        // transaction. They are made from 1 upwards, so none is missing below the highest.
        var highest = new MySqlQuery("select coalesce(max(no), 0) from async_task_seats where pool = @p1");
        highest.Text(pool);
        int made;
        using (var command = highest.ToCommand(other))
            made = Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
        for (var first = made + 1; first <= limit; first += SeatsAtOnce)
        {
            var rows = Enumerable.Range(first, Math.Min(SeatsAtOnce, limit - first + 1)).Select(no => $"(@p1, {no.ToString(CultureInfo.InvariantCulture)})");
            var insert = new MySqlQuery($"insert ignore into async_task_seats (pool, no) values {string.Join(", ", rows)}");
            insert.Text(pool);
            using var command = insert.ToCommand(other);
            command.ExecuteNonQuery();
        }
    });

    protected override int Execute(string sql)
    {
        using var command = new MySqlCommand(sql, connection);
        return command.ExecuteNonQuery();
    }

    protected override TaskException? Unavailable(Exception error) => MySqlSource.Unavailable(error);

    private void Run(IReadOnlyList<MySqlBatchCommand> first, IReadOnlyList<Fetch> fetches)
    {
        using var batch = new MySqlBatch(connection!);
        foreach (var command in first)
            batch.BatchCommands.Add(command);
        foreach (var fetch in fetches)
        {
            var query = new MySqlQuery(fetch.Read.MySql);
            fetch.Bind(query);
            batch.BatchCommands.Add(query.ToBatchCommand());
        }
        using var reader = batch.ExecuteReader();
        var rows = new MySqlRows(reader);
        foreach (var fetch in fetches)
        {
            fetch.Take(rows);
            reader.NextResult();
        }
        // To the end: a statement that failed is told when its result is reached, and nothing is told by closing before that.
        while (reader.NextResult())
        {
        }
    }
}
