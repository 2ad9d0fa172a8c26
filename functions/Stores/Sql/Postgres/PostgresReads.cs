using Npgsql;
using Tasklane.Stores.Sql.Reading;
using Tasklane.Stores.Sql.Statements;

namespace Tasklane.Stores.Sql.Postgres;

/// <summary>Reads on pooled connections, each time as of one moment.</summary>
internal sealed class PostgresReads(PostgresSource source) : IReads
{
    // Which transactions a reader sees, as text. The same twice: nothing has been committed between, in any of the server's databases.
    private const string Snapshot = "select pg_current_snapshot()::text";

    public Task<T> RunAsync<T>(Func<IReader, Task<T>> queries, CancellationToken cancellation) => OnConnectionAsync(
        async connection =>
        {
            // One state of the database throughout. It costs no round trip to begin: that goes with the first query.
            await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
            var result = await queries(new Reader(connection, cancellation));
            await snapshot.CommitAsync(cancellation);
            return result;
        },
        cancellation);

    public Task<string?> VersionAsync(CancellationToken cancellation) => OnConnectionAsync(
        async connection =>
        {
            await using var command = new NpgsqlCommand(Snapshot, connection);
            return (string?)await command.ExecuteScalarAsync(cancellation);
        },
        cancellation);

    private async Task<T> OnConnectionAsync<T>(Func<NpgsqlConnection, Task<T>> read, CancellationToken cancellation)
    {
        for (var isRetry = false; ; isRetry = true)
        {
            try
            {
                await using var connection = await source.OpenReaderAsync(cancellation);
                return await read(connection);
            }
            catch (Exception error) when (!isRetry && PostgresSource.IsBroken(error))
            {
                // The server has restarted: what lies in the pool is dead. Reading again changes nothing.
                source.ForgetReaders();
            }
            catch (Exception error) when (PostgresSource.Unavailable(error) is { } unavailable)
            {
                throw unavailable;
            }
        }
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private sealed class Reader(NpgsqlConnection connection, CancellationToken cancellation) : IReader
    {
        public async Task<List<T>> ListAsync<T>(SqlRead read, Action<IStatement> bind, Func<IRow, T> map)
        {
            await using var command = new NpgsqlCommand(read.Postgres, connection);
            bind(new PostgresQuery(command.Parameters));
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            var row = new PostgresRows(reader);
            var found = new List<T>();
            while (await reader.ReadAsync(cancellation))
                found.Add(map(row));
            return found;
        }
    }
}
