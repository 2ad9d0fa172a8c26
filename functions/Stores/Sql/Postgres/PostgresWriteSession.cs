using Npgsql;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Writing;

namespace Tasklane.Stores.Sql.Postgres;

/// <summary>
/// Writes in two round trips per batch: one opens the transaction, takes the lock and reads; one sends all rows, a statement per
/// table, and commits.
/// </summary>
internal sealed class PostgresWriteSession(PostgresSource source) : WriteSession
{
    private readonly List<PostgresWrite?> writes = [];
    private readonly List<PostgresWrite> used = [];
    private NpgsqlConnection? connection;
    private bool open;

    public override bool IsConnected => connection is not null;

    public override bool IsConflict(Exception error) => error is PostgresException
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected,
    };

    public override void Begin(IReadOnlyList<Fetch> fetches) => Guarded(() =>
    {
        Forget();
        connection ??= source.OpenWriter();
        open = true;
        Run(fetches, "begin");
    });

    public override void Fetch(IReadOnlyList<Fetch> fetches)
    {
        if (fetches.Count > 0) Guarded(() => Run(fetches, null));
    }

    public override IStatement Write(SqlWrite write)
    {
        while (writes.Count <= write.Number)
            writes.Add(null);
        var rows = writes[write.Number] ??= new PostgresWrite(write);
        if (rows.IsEmpty) used.Add(rows);
        return rows;
    }

    public override void Commit() => Guarded(() =>
    {
        using var batch = new NpgsqlBatch(connection);
        foreach (var rows in used)
            batch.BatchCommands.Add(rows.ToCommand());
        batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
        batch.ExecuteNonQuery();
        open = false;
        Forget();
    });

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

    public override void Dispose()
    {
        connection?.Dispose();
        (connection, open) = (null, false);
    }

    private void Run(IReadOnlyList<Fetch> fetches, string? first)
    {
        using var batch = new NpgsqlBatch(connection);
        if (first is not null) batch.BatchCommands.Add(new NpgsqlBatchCommand(first));
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

    private static void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (PostgresSource.Unavailable(error) is { } unavailable)
        {
            throw unavailable;
        }
    }
}
