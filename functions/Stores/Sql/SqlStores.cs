using Microsoft.Extensions.Logging;
using Tasklane.Stores.Sql.Ledgers;
using Tasklane.Stores.Sql.Postgres;
using Tasklane.Stores.Sql.Sqlite;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql;

/// <summary>The stores of one database. Dispose when done: what has been asked for is finished, then the connections are closed.</summary>
public sealed class SqlStores : IAsyncDisposable
{
    private readonly SqlDatabase database;

    private SqlStores(SqlDatabase database, TasklaneOptions options, TimeProvider time)
    {
        this.database = database;
        Tasks = new SqlTaskStore(database, options, time);
        Lines = new SqlLogLineStore(database);
    }

    public ITaskStore Tasks { get; }

    public ILogLineStore Lines { get; }

    /// <summary>
    /// The file at <see cref="TasklaneOptions.Sqlite"/>, made with its directory when it is missing. Connects when first used. Several
    /// processes may use one file; each waits up to five seconds for the others' writes.
    /// </summary>
    public static SqlStores OpenSqlite(TasklaneOptions options, TimeProvider time, ILogger<SqlStores> logger)
    {
        var path = Path.GetFullPath(options.Sqlite);
        return Open(new SqliteWriteSession(path), new SqliteReads(path), _ => Task.Run(() => SqliteSchema.Apply(path), CancellationToken.None), options, time, logger);
    }

    /// <summary>The schema named after <see cref="TasklaneOptions.Hub"/> in the database at <see cref="TasklaneOptions.Postgres"/>. Connects when first used.</summary>
    public static SqlStores OpenPostgres(TasklaneOptions options, TimeProvider time, ILogger<SqlStores> logger)
    {
        var source = new PostgresSource(options.Postgres, options.Hub);
        return Open(new PostgresWriteSession(source), new PostgresReads(source), source.ApplySchemaAsync, options, time, logger);
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private static SqlStores Open(
        WriteSession session, Reading.IReads reads, Func<CancellationToken, Task> initialize, TasklaneOptions options, TimeProvider time, ILogger logger)
    {
        var writer = new Writer(session, new Ledger(session, options, time), $"{options.Hub} task writer", logger);
        return new SqlStores(new SqlDatabase(writer, reads, initialize), options, time);
    }
}
