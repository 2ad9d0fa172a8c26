using Microsoft.Extensions.Configuration;
using Tasklane.Handlers;
using Tasklane.Tasks.Handling;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Handlers;

public sealed class SleepHandlerTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly SleepHandler _handler = new(new ConfigurationBuilder().Build());

    [Fact]
    public async Task It_sleeps_as_long_as_asked_and_tells_how_far_it_is()
    {
        var ct = TestContext.Current.CancellationToken;
        var run = new TestRun { Time = _time };
        var sleeping = _handler.RunAsync(new SleepPayload(100), run);
        for (var second = 0; second < 100; second++)
        {
            Assert.False(sleeping.IsCompleted);
            Assert.Equal(second * 1000, await run.Reported.NextAsync(ct: ct));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(new SleepResult(100, 1), (await sleeping).Result);
        Assert.Equal((100_000, 100_000), (run.Progress[^1].Current, run.Progress[^1].Total));
    }

    [Fact]
    public async Task It_stops_when_asked_to()
    {
        var run = new TestRun { Time = _time };
        var sleeping = _handler.RunAsync(new SleepPayload(100), run);

        run.Stop();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleeping);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task It_fails_the_first_attempts(int attempt, bool fails)
    {
        var run = new TestRun { Time = _time, Task = TestRun.Record("ada") with { Attempt = attempt } };
        var sleeping = _handler.RunAsync(new SleepPayload(0, FailTimes: 2), run);

        if (fails)
            Assert.Equal("asked_to_fail", (await Assert.ThrowsAsync<TaskFailedException>(() => sleeping)).Code);
        else
            Assert.IsType<SleepResult>((await sleeping).Result);
    }
}
