using Npgsql;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Postgres;

/// <summary>
/// Writes in two round trips, if nothing else has to be looked for: one opens the transaction, takes the locks and reads; one sends all
/// rows, a statement per table, commits, and asks what is to be known then.
/// </summary>
internal sealed class PostgresWriteSession(PostgresSource source) : ServerSession
{
    private const string NewFacet =
        "insert into async_task_facets (scope, created_by, task_type, priority, status) values ($1, $2, $3, $4, $5) on conflict do nothing";
    private const string NewSeats =
        "insert into async_task_seats (pool, no) select $1, n from generate_series(1, $2) as n on conflict do nothing";
    private static readonly SqlRead TaskNumbers = new("select nextval('async_task_number') from generate_series(1, $1)");
    private static readonly SqlRead LineNumbers = new("select nextval('async_log_line_number') from generate_series(1, $1)");

    private readonly List<PostgresWrite?> writes = [];
    private readonly List<PostgresWrite> used = [];
    private NpgsqlConnection? connection;
    private bool open;

    public override bool IsConnected => connection is not null;

    /// <summary>Two made the same at once, or waited for each other: the second try finds what the first one left.</summary>
    public override bool IsConflict(Exception error) => error is PostgresException
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UniqueViolation,
    };

    public override void Begin(IReadOnlyList<Fetch> fetches) => Guarded(() =>
    {
        Forget();
        connection ??= source.OpenWriter();
        open = true;
        using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("begin"));
        Run(batch, fetches);
    });

    public override void Fetch(IReadOnlyList<Fetch> fetches)
    {
        if (fetches.Count == 0) return;
        Guarded(() =>
        {
            using var batch = new NpgsqlBatch(connection);
            Run(batch, fetches);
        });
    }

    public override IStatement Write(SqlWrite write)
    {
        while (writes.Count <= write.Number)
            writes.Add(null);
        var rows = writes[write.Number] ??= new PostgresWrite(write);
        if (rows.IsEmpty) used.Add(rows);
        return rows;
    }

    public override void WriteNow() => Guarded(() =>
    {
        if (used.Count == 0) return;
        using var batch = new NpgsqlBatch(connection);
        foreach (var rows in used)
            rows.AddTo(batch);
        batch.ExecuteNonQuery();
        Forget();
    });

    public override void Commit(IReadOnlyList<Fetch> after)
    {
        try
        {
            using var batch = new NpgsqlBatch(connection);
            foreach (var rows in used)
                rows.AddTo(batch);
            batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
            Run(batch, after);
            open = false;
            Forget();
        }
        catch (Exception error) when (Unavailable(error) is { } unavailable)
        {
            // What the server refused in words did not happen; where it fell silent, nobody knows.
            throw error is PostgresException { SqlState: not ['5', '7', ..] }
                ? unavailable
                : new TaskException(TaskErrors.OutcomeUnknown, $"PostgreSQL's answer to a write got lost. ({error.Message})", error);
        }
    }

    public override void Rollback()
    {
        Forget();
        if (!open) return;
        open = false;
        try
        {
            using var command = new NpgsqlCommand("rollback", connection);
            command.ExecuteNonQuery();
        }
        catch (Exception error) when (error is NpgsqlException or InvalidOperationException)
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
            using var insert = new NpgsqlCommand(NewFacet, other);
            facet.Bind(new PostgresQuery(insert.Parameters));
            insert.ExecuteNonQuery();
            using var select = new NpgsqlCommand(Reads.Facet.Postgres, other);
            facet.Bind(new PostgresQuery(select.Parameters));
            number = (long)select.ExecuteScalar()!;
        });
        return number;
    }

    public override Fetch NextNumbers(Sequence sequence, int count, Action<long> take) =>
        new(sequence == Sequence.Tasks ? TaskNumbers : LineNumbers, statement => statement.Int(count), rows =>
        {
            while (rows.Next())
                take(rows.Int(0));
        });

    public override void Dispose()
    {
        connection?.Dispose();
        (connection, open) = (null, false);
    }

    protected override void AddSeats(string pool, int limit) => Guarded(() =>
    {
        using var other = source.OpenHelper();
        using var command = new NpgsqlCommand(NewSeats, other);
        new PostgresQuery(command.Parameters).Text(pool).Int(limit);
        command.ExecuteNonQuery();
    });

    protected override int Execute(string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteNonQuery();
    }

    protected override TaskException? Unavailable(Exception error) => PostgresSource.Unavailable(error);

    private static void Run(NpgsqlBatch batch, IReadOnlyList<Fetch> fetches)
    {
        foreach (var fetch in fetches)
        {
            var command = new NpgsqlBatchCommand(fetch.Read.Postgres);
            fetch.Bind(new PostgresQuery(command.Parameters));
            batch.BatchCommands.Add(command);
        }
        using var reader = batch.ExecuteReader();
        var rows = new PostgresRows(reader);
        foreach (var fetch in fetches)
        {
            fetch.Take(rows);
            reader.NextResult();
        }
    }

    private void Forget()
    {
        foreach (var rows in used)
            rows.Clear();
        used.Clear();
    }
}
