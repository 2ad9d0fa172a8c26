using Tasklane.Stores.Sql.Reading;
using Tasklane.Stores.Sql.Writing;

namespace Tasklane.Stores.Sql;

/// <summary>A hub's database: its writers and its readers.</summary>
internal sealed class SqlDatabase(Writers writers, IReads reads, Func<CancellationToken, Task> initialize) : IAsyncDisposable
{
    public Writers Writers { get; } = writers;

    public IReads Reads { get; } = reads;

    /// <summary>Makes or completes the schema. Several processes may do so at once.</summary>
    public Task InitializeAsync(CancellationToken cancellation) => initialize(cancellation);

    public async ValueTask DisposeAsync()
    {
        await Writers.DisposeAsync();
        await Reads.DisposeAsync();
    }
}
