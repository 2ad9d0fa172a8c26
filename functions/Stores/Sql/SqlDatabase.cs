using Tasklane.Stores.Sql.Reading;
using Tasklane.Stores.Sql.Writing;

namespace Tasklane.Stores.Sql;

/// <summary>A hub's database: one writer, many readers.</summary>
internal sealed class SqlDatabase(Writer writer, IReads reads, Func<CancellationToken, Task> initialize) : IAsyncDisposable
{
    public Writer Writer { get; } = writer;

    public IReads Reads { get; } = reads;

    /// <summary>Makes or completes the schema. Several processes may do so at once.</summary>
    public Task InitializeAsync(CancellationToken cancellation) => initialize(cancellation);

    public async ValueTask DisposeAsync()
    {
        await Writer.DisposeAsync();
        await Reads.DisposeAsync();
    }
}
