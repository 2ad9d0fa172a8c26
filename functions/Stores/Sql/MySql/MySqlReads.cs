using System.Data;
using MySqlConnector;
using Tasklane.Stores.Sql.Reading;
using Tasklane.Stores.Sql.Statements;

namespace Tasklane.Stores.Sql.MySql;

/// <summary>Reads on pooled connections, each time as of one moment.</summary>
internal sealed class MySqlReads(MySqlSource source) : IReads
{
    public async Task<T> RunAsync<T>(Func<IReader, Task<T>> queries, CancellationToken cancellation)
    {
        for (var isRetry = false; ; isRetry = true)
        {
            try
            {
                await using var connection = await source.OpenReaderAsync(cancellation);
                await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, isReadOnly: true, cancellation);
                var result = await queries(new Reader(connection, snapshot, cancellation));
                await snapshot.CommitAsync(cancellation);
                return result;
            }
            catch (MySqlException error) when (!isRetry && MySqlSource.IsBroken(error))
            {
                // The server has restarted: what lies in the pool is dead. Reading again changes nothing.
                await MySqlConnection.ClearAllPoolsAsync(cancellation);
            }
            catch (Exception error) when (MySqlSource.Unavailable(error) is { } unavailable)
            {
                throw unavailable;
            }
        }
    }

    // MySQL shows no reader which transactions it sees, and a counter of ours would be a row that every transition writes.
    public Task<string?> VersionAsync(CancellationToken cancellation) => Task.FromResult<string?>(null);

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private sealed class Reader(MySqlConnection connection, MySqlTransaction snapshot, CancellationToken cancellation) : IReader
    {
        public async Task<List<T>> ListAsync<T>(SqlRead read, Action<IStatement> bind, Func<IRow, T> map)
        {
            var query = new MySqlQuery(read.MySql);
            bind(query);
            await using var command = query.ToCommand(connection, snapshot);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            var row = new MySqlRows(reader);
            var found = new List<T>();
            while (await reader.ReadAsync(cancellation))
                found.Add(map(row));
            return found;
        }
    }
}
