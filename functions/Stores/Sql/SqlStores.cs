using System.Security.Cryptography;
using Azure.Core;
using Microsoft.Extensions.Logging;
using Tasklane.Stores.Sql.MySql;
using Tasklane.Stores.Sql.Postgres;
using Tasklane.Stores.Sql.Reading;
using Tasklane.Stores.Sql.Sqlite;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;
using Tasklane.Tasks.Files;
using Tasklane.Tasks.Limits;
using Tasklane.Tasks.Market;
using Tasklane.Tasks.Schedules;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql;

/// <summary>The stores of one database. Dispose when done: what has been asked for is finished, then the connections are closed.</summary>
public sealed class SqlStores : IAsyncDisposable
{
    // Each has a connection of its own and commits what waits at the moment: fewer of them share more of a transaction's cost. One alone would
    // be held up whole by a task that another process keeps locked.
    private const int ServerWriters = 3;
    private const int Shards = 64;

    private readonly SqlDatabase database;

    /// <param name="seesOwn">See <see cref="SqlRateStore"/>.</param>
    /// <param name="clock">By which schedules are due and files expire; null = the database's own.</param>
    private SqlStores(SqlDatabase database, TasklaneOptions options, TimeProvider time, TimeProvider? clock, bool seesOwn)
    {
        this.database = database;
        Tasks = new SqlTaskStore(database, options, time);
        Lines = new SqlLogLineStore(database);
        Schedules = new SqlScheduleStore(database, clock);
        Rates = new SqlRateStore(database, seesOwn);
        Files = new SqlFileStore(database, clock);
        Market = new SqlMarketStore(database);
    }

    public ITaskStore Tasks { get; }

    public ILogLineStore Lines { get; }

    public IScheduleStore Schedules { get; }

    public IRateStore Rates { get; }

    public IFileStore Files { get; }

    public IMarketStore Market { get; }

    /// <summary>
    /// The file at <see cref="TasklaneOptions.Sqlite"/>, made with its directory when it is missing. Connects when first used. Several
    /// processes may use one file; each waits up to five seconds for the others' writes.
    /// </summary>
    public static SqlStores OpenSqlite(TasklaneOptions options, TimeProvider time, ILogger<SqlStores> logger)
    {
        var path = Path.GetFullPath(options.Sqlite);
        var session = new SqliteWriteSession(path);
        var transaction = new GatheredTransaction(session, options, new CountedSlots(options.Lanes), time);
        var writers = new Writers(1, NameOf(options), _ => new GatheringWriter(session, transaction, logger).Loop);
        var database = new SqlDatabase(writers, new SqliteReads(path), _ => Task.Run(() => SqliteSchema.Apply(path), CancellationToken.None));
        return new SqlStores(database, options, time, time, seesOwn: true);
    }

    /// <summary>The schema named after <see cref="TasklaneOptions.Hub"/> in the database at <see cref="TasklaneOptions.Postgres"/>. Connects when first used.</summary>
    /// <param name="writers">How many transactions may be under way at once, each on a connection of its own.</param>
    public static SqlStores OpenPostgres(TasklaneOptions options, TimeProvider time, ILogger<SqlStores> logger, int writers = ServerWriters, TokenCredential? credential = null)
    {
        var source = new PostgresSource(options.Postgres, options.Hub, credential);
        return OpenServer(options, time, logger, writers, () => new PostgresWriteSession(source), new PostgresReads(source), source.ApplySchemaAsync);
    }

    /// <summary>The database named after <see cref="TasklaneOptions.Hub"/> on the server at <see cref="TasklaneOptions.MySql"/>. Connects when first used.</summary>
    /// <inheritdoc cref="OpenPostgres" path="/param"/>
    public static SqlStores OpenMySql(TasklaneOptions options, TimeProvider time, ILogger<SqlStores> logger, int writers = ServerWriters)
    {
        var source = new MySqlSource(options.MySql, options.Hub);
        return OpenServer(options, time, logger, writers, () => new MySqlWriteSession(source), new MySqlReads(source), source.ApplySchemaAsync);
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    /// <summary>The clock is the server's own, which all instances share; only tests bring one.</summary>
    private static SqlStores OpenServer(
        TasklaneOptions options, TimeProvider time, ILogger logger, int count, Func<ServerSession> connect, IReads reads, Func<CancellationToken, Task> initialize)
    {
        var clock = time == TimeProvider.System ? null : time;
        // Writers of one process count apart, and hardly ever together with those of another.
        var first = RandomNumberGenerator.GetInt32(Shards);
        var writers = new Writers(count, NameOf(options), number =>
        {
            var session = connect();
            var transaction = new LockingTransaction(session, options, new Seats(session, options.Lanes), clock, (first + number) % Shards);
            return new LockingWriter(session, transaction, logger).Loop;
        });
        return new SqlStores(new SqlDatabase(writers, reads, initialize), options, time, clock, seesOwn: false);
    }

    private static string NameOf(TasklaneOptions options) => $"{options.Hub} task writer";
}
