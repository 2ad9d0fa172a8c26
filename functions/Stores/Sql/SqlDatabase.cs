using Tasklane.Stores.Sql.Reading;
using Tasklane.Stores.Sql.Writing;

namespace Tasklane.Stores.Sql;

/// <summary>A hub's database: its writers and its readers. Both wait while the schema is being made: a half of it would be an error to them.</summary>
internal sealed class SqlDatabase : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task> initialize;
    private volatile Task ready = Task.CompletedTask;

    public SqlDatabase(Writers writers, IReads reads, Func<CancellationToken, Task> initialize)
    {
        this.initialize = initialize;
        (Writers, Reads) = (writers, new ReadsWhenReady(reads, () => ready));
        writers.WaitsFor(() => ready);
    }

    public Writers Writers { get; }

    public IReads Reads { get; }

    /// <summary>Makes or completes the schema. Several processes may do so at once.</summary>
    public async Task InitializeAsync(CancellationToken cancellation)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ready = end.Task;
        try
        {
            await initialize(cancellation);
        }
        finally
        {
            // Where it failed, those who waited find out for themselves what the database is like.
            end.SetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Writers.DisposeAsync();
        await Reads.DisposeAsync();
    }

    private sealed class ReadsWhenReady(IReads reads, Func<Task> ready) : IReads
    {
        public Task<T> RunAsync<T>(Func<IReader, Task<T>> queries, CancellationToken cancellation)
        {
            return ready() is { IsCompleted: false } wait ? LaterAsync(wait) : reads.RunAsync(queries, cancellation);

            async Task<T> LaterAsync(Task wait)
            {
                await wait.WaitAsync(cancellation);
                return await reads.RunAsync(queries, cancellation);
            }
        }

        public async Task<string?> VersionAsync(CancellationToken cancellation)
        {
            await ready().WaitAsync(cancellation);
            return await reads.VersionAsync(cancellation);
        }

        public ValueTask DisposeAsync() => reads.DisposeAsync();
    }
}
