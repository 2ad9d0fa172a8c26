using System.Data.Common;
using Azure.Core;
using Azure.Identity;
using Npgsql;
using Tasklane.Stores.Entra;
using Tasklane.Stores.Sql.Schema;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Postgres;

/// <summary>Connections to a hub's schema, and what their errors mean.</summary>
internal sealed class PostgresSource : IAsyncDisposable
{
    private readonly string schema;
    private readonly NpgsqlDataSource source;
    private readonly NpgsqlDataSource writers;

    /// <param name="credential">Signs in with Entra tokens instead of a password.</param>
    public PostgresSource(string connectionString, string hub, TokenCredential? credential = null)
    {
        schema = $"\"{hub}\"";
        source = Open(Settings(connectionString), credential);
        var writer = Settings(connectionString);
        // The tables may be empty when a statement is planned and large soon after: a writer's plans go by index, always.
        // A process that hangs while it holds locks loses its connection; one that waits too long for them is told so.
        writer.Options = $"{writer.Options} -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan -c max_parallel_workers_per_gather=0 "
            + "-c lock_timeout=10s -c idle_in_transaction_session_timeout=10s";
        writer.Pooling = false;
        writers = Open(writer, credential);
    }

    public NpgsqlConnection OpenWriter() => writers.OpenConnection();

    /// <summary>A connection for something beside a writer's transaction.</summary>
    public NpgsqlConnection OpenHelper() => source.OpenConnection();

    public ValueTask<NpgsqlConnection> OpenReaderAsync(CancellationToken cancellation) => source.OpenConnectionAsync(cancellation);

    /// <summary>Connections in the pool are not lent again.</summary>
    public void ForgetReaders() => source.Clear();

    /// <summary>Makes or completes the schema, one process at a time.</summary>
    public async Task ApplySchemaAsync(CancellationToken cancellation)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await RunAsync(connection, $"select pg_advisory_xact_lock(hashtext('tasklane schema {schema}'))", cancellation);
            await RunAsync(connection, $"create schema if not exists {schema}", cancellation);
            await RunAsync(connection, SchemaFiles.VersionTable, cancellation);
            var version = (int)(await RunAsync(connection, SchemaFiles.CurrentVersion, cancellation))!;
            foreach (var (number, sql) in SchemaFiles.After(version, "postgres"))
            {
                await RunAsync(connection, sql, cancellation);
                await RunAsync(connection, $"insert into async_task_schema values ({number})", cancellation);
            }
            await transaction.CommitAsync(cancellation);
        }
        catch (Exception error) when (Unavailable(error) is { } unavailable)
        {
            throw unavailable;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await writers.DisposeAsync();
    }

    /// <summary>The error as store_unavailable or store_full, where it is the server's state and not a mistake in what was asked.</summary>
    public static TaskException? Unavailable(Exception error)
    {
        var isUnavailable = error switch
        {
            // Connection, resources, operator's intervention, system error; wrong password; no such database; lock and idle limits.
            PostgresException { SqlState: var state } => state[..2] is "08" or "53" or "57" or "58" or "28" or "3D" || state is "55P03" or "25P03",
            DbException or TimeoutException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException or AuthenticationFailedException => true,
            _ => false,
        };
        if (error is PostgresException { SqlState: "53100" })
            return new TaskException(TaskErrors.StoreFull, $"The disk of PostgreSQL is full. ({error.Message})", error);
        return isUnavailable
            ? new TaskException(TaskErrors.StoreUnavailable, $"PostgreSQL is not available. ({error.Message})", error)
            : null;
    }

    /// <summary>The connection has died under the query, as against one that could not be made or that took too long.</summary>
    public static bool IsBroken(Exception error) =>
        error is PostgresException { SqlState: ['5', '7', 'P', ..] } or NpgsqlException { InnerException: IOException };

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        // Bringing many tasks up to date takes as long as it takes.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return await command.ExecuteScalarAsync(cancellation);
    }

    private static NpgsqlDataSource Open(NpgsqlConnectionStringBuilder settings, TokenCredential? credential)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        if (credential is not null)
            builder.SignInWith(credential);
        return builder.Build();
    }

    private NpgsqlConnectionStringBuilder Settings(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            SearchPath = schema,
            Timezone = "UTC",
            MaxAutoPrepare = 400,
            AutoPrepareMinUsages = 2,
        };
        settings.ApplicationName ??= "Tasklane";
        return settings;
    }
}
