using System.Threading.Channels;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Tests.Functions;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Emulator.Tests.Timers;

public sealed class TimerTriggerTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 30, TimeSpan.Zero);

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("tasklane-test-");
    private readonly ObservedClock _clock = new(new ManualTimeProvider(Start));
    private readonly Runs _runs = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task A_timer_runs_at_each_occurrence_and_knows_the_last_and_the_next()
    {
        await using var app = await StartAsync(typeof(EveryTwoMinutes));
        await AdvanceAsync(TimeSpan.FromSeconds(90));
        var first = await _runs.NextAsync();
        Assert.False(first.IsPastDue);
        Assert.Equal(Start.AddSeconds(90).UtcDateTime, first.ScheduleStatus!.Next);

        await AdvanceAsync(TimeSpan.FromMinutes(2));
        var second = await _runs.NextAsync();
        Assert.Equal(Start.AddSeconds(90).UtcDateTime, second.ScheduleStatus!.Last);
        Assert.Equal(Start.AddSeconds(210).UtcDateTime, second.ScheduleStatus.Next);
        Assert.Equal(0, _runs.Waiting);
    }

    [Fact]
    public async Task An_occurrence_missed_while_the_host_was_down_is_made_up_for_once()
    {
        await using (await StartAsync(typeof(EveryTwoMinutes)))
        {
            await AdvanceAsync(TimeSpan.FromSeconds(90));
            await _runs.NextAsync();
            await _clock.UntilWaitingAsync(TimeSpan.FromMinutes(2));
        }
        _clock.Inner.Advance(TimeSpan.FromMinutes(7));

        await using (await StartAsync(typeof(EveryTwoMinutes)))
        {
            Assert.True((await _runs.NextAsync()).IsPastDue);
            await AdvanceAsync(TimeSpan.FromMinutes(1));
            Assert.False((await _runs.NextAsync()).IsPastDue);
        }
    }

    [Fact]
    public async Task Nothing_is_made_up_for_when_nothing_was_missed()
    {
        await using (await StartAsync(typeof(EveryTwoMinutes)))
            await _clock.UntilWaitingAsync(TimeSpan.FromSeconds(90));
        _clock.Inner.Advance(TimeSpan.FromSeconds(60));
        await using (await StartAsync(typeof(EveryTwoMinutes)))
        {
            await AdvanceAsync(TimeSpan.FromSeconds(30));
            Assert.False((await _runs.NextAsync()).IsPastDue);
        }
        Assert.Equal(0, _runs.Waiting);
    }

    [Fact]
    public async Task RunOnStartup_runs_at_the_start_and_a_setting_names_the_schedule()
    {
        await using var app = await StartAsync(typeof(AtStart));
        Assert.False((await _runs.NextAsync()).IsPastDue);
        await AdvanceAsync(TimeSpan.FromHours(1));
        await _runs.NextAsync();
    }

    [Fact]
    public async Task A_timer_never_runs_twice_at_once_and_skips_what_passes_meanwhile()
    {
        await using var app = await StartAsync(typeof(Blocking));
        await AdvanceAsync(TimeSpan.FromSeconds(30));
        await _runs.NextAsync();
        _clock.Inner.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0, _runs.Waiting);
        _runs.Release.Release();
        await AdvanceAsync(TimeSpan.FromMinutes(1));
        await _runs.NextAsync();
        Assert.Equal(0, _runs.Waiting);
        _runs.Release.Release();
    }

    [Fact]
    public async Task A_timer_that_throws_runs_again_next_time()
    {
        await using var app = await StartAsync(typeof(Throwing));
        foreach (var seconds in (int[])[30, 60, 60])
        {
            await AdvanceAsync(TimeSpan.FromSeconds(seconds));
            await _runs.NextAsync();
        }
    }

    [Fact]
    public async Task A_timer_with_retries_tries_again_with_growing_delays()
    {
        await using var app = await StartAsync(typeof(Retrying));
        await AdvanceAsync(TimeSpan.FromSeconds(30));
        await _runs.NextAsync();
        foreach (var delay in (int[])[1, 2, 3])
        {
            await AdvanceAsync(TimeSpan.FromSeconds(delay));
            await _runs.NextAsync();
        }
        await _clock.UntilWaitingAsync(TimeSpan.FromSeconds(54));
        Assert.Equal(0, _runs.Waiting);
        Assert.Equal(["0/3", "1/3", "2/3", "3/3"], _runs.Tries);
    }

    [Fact]
    public async Task A_timer_runs_now_when_asked_to()
    {
        await using var app = await StartAsync(typeof(EveryTwoMinutes));
        using var http = app.CreateClient();
        using var content = new StringContent("""{"input":""}""", System.Text.Encoding.UTF8, "application/json");
        var response = await http.PostAsync("/admin/functions/EveryTwoMinutes", content, Token);
        Assert.Equal(202, (int)response.StatusCode);
        Assert.False((await _runs.NextAsync()).IsPastDue);
    }

    [Fact]
    public async Task A_schedule_that_is_none_is_refused()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(typeof(Nonsense)));
        Assert.StartsWith("The 'Nonsense' function is in error: The schedule expression 'soon' was not", error.Message, StringComparison.Ordinal);
    }

    private Task<EmulatorHost> StartAsync(Type functions) => App.StartAsync(
        b => b.Services.AddSingleton(_runs),
        o =>
        {
            o.TimeProvider = _clock;
            o.DataDirectory = _data.FullName;
            o.Settings["When"] = "01:00:00";
        },
        functions);

    /// <summary>Moves on by what a loop waits for: before it waits, moving the clock could move past its timer.</summary>
    private async Task AdvanceAsync(TimeSpan by)
    {
        await _clock.UntilWaitingAsync(by);
        _clock.Inner.Advance(by);
    }

    private sealed class ObservedClock(ManualTimeProvider inner) : TimeProvider
    {
        private readonly Signal<TimeSpan> _waits = new("a timer of that length");

        public ManualTimeProvider Inner => inner;

        public Task UntilWaitingAsync(TimeSpan due) => _waits.UntilAsync(wait => wait == due, ct: Token);

        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow();

        public override long GetTimestamp() => inner.GetTimestamp();

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = inner.CreateTimer(callback, state, dueTime, period);
            _waits.Send(dueTime);
            return timer;
        }
    }

    public sealed class Runs
    {
        private readonly Channel<TimerInfo> _seen = Channel.CreateUnbounded<TimerInfo>();

        public SemaphoreSlim Release { get; } = new(0);

        public int Waiting => _seen.Reader.Count;

        public List<string> Tries { get; } = [];

        public void Add(TimerInfo timer) => Assert.True(_seen.Writer.TryWrite(timer));

        public async Task<TimerInfo> NextAsync() => await _seen.Reader.ReadAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token);
    }

    public sealed class EveryTwoMinutes(Runs runs)
    {
        [Function("EveryTwoMinutes")]
        public void Run([TimerTrigger("0 */2 * * * *")] TimerInfo timer) => runs.Add(timer);
    }

    public sealed class AtStart(Runs runs)
    {
        [Function("AtStart")]
        public void Run([TimerTrigger("%When%", RunOnStartup = true)] TimerInfo timer) => runs.Add(timer);
    }

    public sealed class Blocking(Runs runs)
    {
        [Function("Blocking")]
        public async Task Run([TimerTrigger("0 * * * * *")] TimerInfo timer)
        {
            runs.Add(timer);
            await runs.Release.WaitAsync();
        }
    }

    public sealed class Throwing(Runs runs)
    {
        [Function("Throwing")]
        public void Run([TimerTrigger("0 * * * * *")] TimerInfo timer)
        {
            runs.Add(timer);
            throw new InvalidOperationException("always");
        }
    }

    public sealed class Retrying(Runs runs)
    {
        [Function("Retrying")]
        [ExponentialBackoffRetry(3, "00:00:01", "00:00:03")]
        public void Run([TimerTrigger("0 * * * * *")] TimerInfo timer, FunctionContext context)
        {
            runs.Tries.Add($"{context.RetryContext.RetryCount}/{context.RetryContext.MaxRetryCount}");
            runs.Add(timer);
            throw new InvalidOperationException("always");
        }
    }

    public sealed class Nonsense(Runs runs)
    {
        [Function("Nonsense")]
        public void Run([TimerTrigger("soon")] TimerInfo timer) => runs.Add(timer);
    }
}
