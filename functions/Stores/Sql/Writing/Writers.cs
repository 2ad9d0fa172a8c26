using System.Collections.Concurrent;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Writing;

/// <summary>The threads that write: one for SQLite, several for a server. They take their work from one queue.</summary>
internal sealed class Writers : IAsyncDisposable
{
    private readonly BlockingCollection<Work> queue = [];
    private readonly List<TaskCompletionSource> ended = [];
    private Func<Task> ready = () => Task.CompletedTask;

    /// <param name="make">Makes a writer's loop over the queue.</param>
    public Writers(int count, string name, Func<int, Action<BlockingCollection<Work>>> make)
    {
        for (var i = 0; i < count; i++)
        {
            var loop = make(i);
            var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            ended.Add(end);
            new Thread(() =>
            {
                try
                {
                    loop(queue);
                }
                finally
                {
                    end.SetResult();
                }
            })
            { IsBackground = true, Name = name }.Start();
        }
    }

    /// <summary>Nothing is written until what this gives has ended.</summary>
    public void WaitsFor(Func<Task> what) => ready = what;

    public Task<T> RunAsync<T>(Work<T> work)
    {
        return ready() is { IsCompleted: false } wait ? LaterAsync(wait) : AddAsync(work);

        async Task<T> LaterAsync(Task wait)
        {
            await wait.WaitAsync(work.Cancellation);
            return await AddAsync(work);
        }
    }

    /// <summary>Finishes what has been asked for, then closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.CompleteAdding();
        await Task.WhenAll(ended.Select(end => end.Task));
        queue.Dispose();
    }

    private Task<T> AddAsync<T>(Work<T> work)
    {
        try
        {
            queue.Add(work, CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            work.Fail(new TaskException(TaskErrors.StoreUnavailable, "The task store has been closed."));
        }
        return work.Outcome;
    }
}
