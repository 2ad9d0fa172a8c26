using Microsoft.Extensions.DependencyInjection;
using Tasklane.Functions.Tests.Handlers;
using Tasklane.Tasks.Handling;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Handling;

/// <summary>What a handler is given by the container: one scope per slice, released with it.</summary>
public sealed class HandlerScopeTests
{
    public sealed record Nothing;

    /// <summary>Counts what was made of each kind and what of it was released.</summary>
    public sealed class Tracker
    {
        private int _made;
        private int _released;

        public int Made => _made;

        public int Released => _released;

        public void Make() => Interlocked.Increment(ref _made);

        public void Release() => Interlocked.Increment(ref _released);
    }

    public sealed class Scoped : IDisposable
    {
        private readonly Tracker _tracker;

        public Scoped(Tracker tracker) => (_tracker = tracker).Make();

        public void Dispose() => _tracker.Release();
    }

    public sealed class Transient : IDisposable
    {
        private readonly Tracker _tracker;

        public Transient(Tracker tracker) => (_tracker = tracker).Make();

        public void Dispose() => _tracker.Release();
    }

    /// <summary>One that can be released asynchronously only: a scope that is disposed synchronously throws over it.</summary>
    public sealed class AsyncOnly : IAsyncDisposable
    {
        private readonly Tracker _tracker;

        public AsyncOnly(Tracker tracker) => (_tracker = tracker).Make();

        public ValueTask DisposeAsync()
        {
            _tracker.Release();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Both runs must be inside their handlers before either may end.</summary>
    public sealed class Meeting
    {
        public Signal<(Scoped First, Scoped Second)> Arrived { get; } = new("handler");

        public TaskCompletionSource MayEnd { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [TaskType("scoped")]
    public sealed class Handler(Scoped first, Scoped second, Transient transient, AsyncOnly asyncOnly, Meeting meeting) : ITaskHandler<Nothing>
    {
        public async Task<Outcome> RunAsync(Nothing payload, ITaskRun run)
        {
            meeting.Arrived.Send((first, second));
            await meeting.MayEnd.Task;
            return run.Attempt > 1 ? throw new InvalidOperationException("as asked") : Outcome.Completed((transient, asyncOnly) is not (null, null));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)] // which fails
    public async Task Two_tasks_at_once_share_no_scoped_service_and_release_all_of_theirs(int attempt)
    {
        var (tracker, meeting) = (new Tracker(), new Meeting());
        await using var services = new ServiceCollection()
            .AddSingleton(tracker).AddSingleton(meeting).AddScoped<Scoped>().AddTransient<Transient>().AddScoped<AsyncOnly>()
            .BuildServiceProvider();
        TaskTypes.Of([typeof(Handler)]).TryGet("scoped", out var type);

        var one = type!.RunAsync(services, "{}", new TestRun { Task = TestRun.Record("ada") with { Attempt = attempt } });
        var other = type.RunAsync(services, "{}", new TestRun { Task = TestRun.Record("ada") with { Attempt = attempt } });
        var first = await meeting.Arrived.NextAsync();
        var second = await meeting.Arrived.NextAsync();

        Assert.Same(first.First, first.Second);
        Assert.NotSame(first.First, second.First);
        Assert.Equal((6, 0), (tracker.Made, tracker.Released));
        meeting.MayEnd.SetResult();
        await Task.WhenAll(one, other).ContinueWith(ended => ended.IsFaulted, TaskScheduler.Default);
        Assert.Equal((6, 6), (tracker.Made, tracker.Released));
    }
}
