using System.Data.Common;
using System.Globalization;
using MySqlConnector;
using Tasklane.Stores.Sql.Schema;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.MySql;

/// <summary>Connections to a hub's database, and what their errors mean. Needs MariaDB 10.6 or MySQL 8: claims skip rows that others have locked.</summary>
internal sealed class MySqlSource : IAsyncDisposable
{
    // Names in double quotes, as everywhere else; nothing that does not fit is cut silently.
    private const string Modes = "set session sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', session time_zone = '+00:00'";

    private readonly string connectionString;
    private readonly string hub;
    private readonly MySqlDataSource readers;
    private readonly MySqlDataSource writers;

    public MySqlSource(string connectionString, string hub)
    {
        (this.connectionString, this.hub) = (connectionString, hub);
        readers = Open(pooled: true, $"{Modes}; set session transaction isolation level repeatable read");
        // Only rows that are found are locked, never the gaps between them, in which others insert.
        writers = Open(pooled: false, $"{Modes}, session innodb_lock_wait_timeout = 10; set session transaction isolation level read committed");
    }

    public MySqlConnection OpenWriter() => writers.OpenConnection();

    /// <summary>A connection for something beside a writer's transaction.</summary>
    public MySqlConnection OpenHelper() => readers.OpenConnection();

    public ValueTask<MySqlConnection> OpenReaderAsync(CancellationToken cancellation) => readers.OpenConnectionAsync(cancellation);

    /// <summary>Makes or completes the hub's database, one process at a time. A statement here is its own transaction: files can be run again.</summary>
    public async Task ApplySchemaAsync(CancellationToken cancellation)
    {
        try
        {
            var server = new MySqlConnectionStringBuilder(connectionString) { Database = "", Pooling = false };
            await using var connection = new MySqlConnection(server.ConnectionString);
            await connection.OpenAsync(cancellation);
            await RunAsync(connection, $"select get_lock('tasklane {hub}', 60)", cancellation);
            await RunAsync(connection, Modes, cancellation);
            await RunAsync(connection, $"create database if not exists \"{hub}\"", cancellation);
            await connection.ChangeDatabaseAsync(hub, cancellation);
            await RunAsync(connection, SchemaFiles.VersionTable, cancellation);
            var version = Convert.ToInt32(await RunAsync(connection, SchemaFiles.CurrentVersion, cancellation), CultureInfo.InvariantCulture);
            foreach (var (number, sql) in SchemaFiles.After(version, "mysql"))
            {
                await RunAsync(connection, sql, cancellation);
                await RunAsync(connection, $"insert into async_task_schema values ({number})", cancellation);
            }
        }
        catch (Exception error) when (Unavailable(error) is { } unavailable)
        {
            throw unavailable;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await readers.DisposeAsync();
        await writers.DisposeAsync();
    }

    /// <summary>The error as store_unavailable or store_full, where it is the server's state and not a mistake in what was asked.</summary>
    public static TaskException? Unavailable(Exception error)
    {
        var isUnavailable = error switch
        {
            MySqlException { ErrorCode: var code } => code is MySqlErrorCode.AccessDenied or MySqlErrorCode.UnknownDatabase
                or MySqlErrorCode.DatabaseAccessDenied or MySqlErrorCode.OptionPreventsStatement
                or MySqlErrorCode.OutOfResources or MySqlErrorCode.ConnectionCountError or MySqlErrorCode.TooManyUserConnections
                or MySqlErrorCode.LockWaitTimeout || IsBroken(error),
            DbException or TimeoutException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException => true,
            _ => false,
        };
        if (error is MySqlException { ErrorCode: MySqlErrorCode.DiskFull or MySqlErrorCode.RecordFileFull })
            return new TaskException(TaskErrors.StoreFull, $"The disk of MySQL is full. ({error.Message})", error);
        return isUnavailable
            ? new TaskException(TaskErrors.StoreUnavailable, $"MySQL is not available. ({error.Message})", error)
            : null;
    }

    /// <summary>The connection has died, or could not be made: whether the server did what it was last asked, it did not say.</summary>
    public static bool IsBroken(Exception error) => error is not MySqlException
    {
        ErrorCode: not (MySqlErrorCode.None or MySqlErrorCode.UnableToConnectToHost or MySqlErrorCode.ServerShutdown or MySqlErrorCode.NormalShutdown
            or MySqlErrorCode.CommandTimeoutExpired or MySqlErrorCode.QueryInterrupted or MySqlErrorCode.ClientInteractionTimeout
            or (MySqlErrorCode)1927 or (MySqlErrorCode)2002 or (MySqlErrorCode)2006 or (MySqlErrorCode)2013),
    };

    private static async Task<object?> RunAsync(MySqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new MySqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellation);
    }

    private MySqlDataSource Open(bool pooled, string modes)
    {
        var settings = new MySqlConnectionStringBuilder(connectionString)
        {
            Database = hub,
            Pooling = pooled,
            // What is set when a connection is made stays.
            ConnectionReset = false,
        };
        if (settings.ApplicationName is null or "") settings.ApplicationName = "Tasklane";
        return new MySqlDataSourceBuilder(settings.ConnectionString)
            .UseConnectionOpenedCallback(async (context, cancellation) =>
            {
                if (!context.Conditions.HasFlag(MySqlConnectionOpenedConditions.New)) return;
                await using var command = new MySqlCommand(modes, context.Connection);
                await command.ExecuteNonQueryAsync(cancellation);
            })
            .Build();
    }
}
