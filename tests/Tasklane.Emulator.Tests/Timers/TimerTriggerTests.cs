using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Probe;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Tests.Storage;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Emulator.Tests.Timers;

public sealed class TimerTriggerTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 30, TimeSpan.Zero);

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("tasklane-test-");
    private readonly ObservedClock _clock = new(new ManualTimeProvider(Start));
    private readonly TimerRuns _runs = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task A_timer_runs_at_each_occurrence_and_knows_the_last_and_the_next()
    {
        await using var app = await StartAsync("EveryTwoMinutes");
        await AdvanceAsync(TimeSpan.FromSeconds(90));
        var first = await NextAsync();
        Assert.False(first.IsPastDue);
        Assert.Equal(Start.AddSeconds(90).UtcDateTime, first.ScheduleStatus!.Next);

        await AdvanceAsync(TimeSpan.FromMinutes(2));
        var second = await NextAsync();
        Assert.Equal(Start.AddSeconds(90).UtcDateTime, second.ScheduleStatus!.Last);
        Assert.Equal(Start.AddSeconds(210).UtcDateTime, second.ScheduleStatus.Next);
        Assert.Equal(0, _runs.Waiting);
    }

    [Fact]
    public async Task An_occurrence_missed_while_the_host_was_down_is_made_up_for_once()
    {
        await using (await StartAsync("EveryTwoMinutes"))
        {
            await AdvanceAsync(TimeSpan.FromSeconds(90));
            await NextAsync();
            await _clock.UntilWaitingAsync(TimeSpan.FromMinutes(2));
        }
        _clock.Inner.Advance(TimeSpan.FromMinutes(7));

        await using (await StartAsync("EveryTwoMinutes"))
        {
            Assert.True((await NextAsync()).IsPastDue);
            await AdvanceAsync(TimeSpan.FromMinutes(1));
            Assert.False((await NextAsync()).IsPastDue);
        }
    }

    [Fact]
    public async Task Nothing_is_made_up_for_when_nothing_was_missed()
    {
        await using (await StartAsync("EveryTwoMinutes"))
            await _clock.UntilWaitingAsync(TimeSpan.FromSeconds(90));
        _clock.Inner.Advance(TimeSpan.FromSeconds(60));
        await using (await StartAsync("EveryTwoMinutes"))
        {
            await AdvanceAsync(TimeSpan.FromSeconds(30));
            Assert.False((await NextAsync()).IsPastDue);
        }
        Assert.Equal(0, _runs.Waiting);
    }

    [Fact]
    public async Task RunOnStartup_runs_at_the_start_and_a_setting_names_the_schedule()
    {
        await using var app = await StartAsync("AtStart");
        Assert.False((await NextAsync()).IsPastDue);
        await AdvanceAsync(TimeSpan.FromHours(1));
        await NextAsync();
    }

    [Fact]
    public async Task A_timer_never_runs_twice_at_once_and_skips_what_passes_meanwhile()
    {
        await using var app = await StartAsync("Blocking");
        await AdvanceAsync(TimeSpan.FromSeconds(30));
        await NextAsync();
        _clock.Inner.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0, _runs.Waiting);
        _runs.Release.Release();
        await AdvanceAsync(TimeSpan.FromMinutes(1));
        await NextAsync();
        Assert.Equal(0, _runs.Waiting);
        _runs.Release.Release();
    }

    [Fact]
    public async Task A_timer_that_throws_runs_again_next_time()
    {
        await using var app = await StartAsync("Throwing");
        foreach (var seconds in (int[])[30, 60, 60])
        {
            await AdvanceAsync(TimeSpan.FromSeconds(seconds));
            await NextAsync();
        }
    }

    [Fact]
    public async Task A_timer_with_retries_tries_again_with_growing_delays()
    {
        await using var app = await StartAsync("Retrying");
        await AdvanceAsync(TimeSpan.FromSeconds(30));
        await NextAsync();
        foreach (var delay in (int[])[1, 2, 3])
        {
            await AdvanceAsync(TimeSpan.FromSeconds(delay));
            await NextAsync();
        }
        await _clock.UntilWaitingAsync(TimeSpan.FromSeconds(54));
        Assert.Equal(0, _runs.Waiting);
        Assert.Equal(["0/3", "1/3", "2/3", "3/3"], _runs.Tries);
    }

    [Fact]
    public async Task A_timer_runs_now_when_asked_to()
    {
        await using var app = await StartAsync("EveryTwoMinutes");
        using var http = app.CreateClient();
        using var content = new StringContent("""{"input":""}""", System.Text.Encoding.UTF8, "application/json");
        var response = await http.PostAsync("/admin/functions/EveryTwoMinutes", content, Token);
        Assert.Equal(202, (int)response.StatusCode);
        Assert.False((await NextAsync()).IsPastDue);
    }

    [Fact]
    public async Task A_schedule_that_is_none_is_refused()
    {
        var error = await Assert.ThrowsAsync<FunctionsTestHostException>(() => StartAsync("Nonsense"));
        Assert.StartsWith("The 'Nonsense' function is in error: The schedule expression 'soon' was not", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_host_runs_no_timer_any_more_and_remembers_none()
    {
        await using (var app = await StartAsync("EveryTwoMinutes"))
        {
            await _clock.UntilWaitingAsync(TimeSpan.FromSeconds(90));
            await app.KillAsync();
            _clock.Inner.Advance(TimeSpan.FromMinutes(7));
        }

        await using (await StartAsync("EveryTwoMinutes"))
            Assert.True((await NextAsync()).IsPastDue);
        Assert.Equal(0, _runs.Waiting);
    }

    [Fact]
    public async Task What_is_remembered_lies_in_a_file_that_only_its_owner_may_read()
    {
        await using var app = await StartAsync("EveryTwoMinutes");
        await _clock.UntilWaitingAsync(TimeSpan.FromSeconds(90));

        var file = Assert.Single(Directory.GetFiles(Path.Combine(_data.FullName, "timers")));
        Assert.Equal("EveryTwoMinutes.json", Path.GetFileName(file));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_said_and_stops_no_timer()
    {
        // A file where the folder should be: refused to everybody, to root as well.
        var folder = Path.Combine(_data.FullName, "timers");
        await File.WriteAllTextAsync(folder, "", Token);
        await using var app = await StartAsync("EveryTwoMinutes");
        await _clock.UntilWaitingAsync(TimeSpan.FromSeconds(90));
        var state = app.HostServices.GetRequiredService<HostState>();
        Assert.Contains("'EveryTwoMinutes'", Assert.Single(state.Faults), StringComparison.Ordinal);

        _clock.Inner.Advance(TimeSpan.FromSeconds(90));
        await NextAsync();
        await _clock.UntilWaitingAsync(TimeSpan.FromMinutes(2));
        Assert.Single(state.Faults);
        File.Delete(folder);
        _clock.Inner.Advance(TimeSpan.FromMinutes(2));
        await NextAsync();

        await _clock.UntilWaitingAsync(TimeSpan.FromMinutes(2));
        Assert.Empty(state.Faults);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_said_and_stops_no_timer()
    {
        Directory.CreateDirectory(Path.Combine(_data.FullName, "timers", "EveryTwoMinutes.json"));

        await using var app = await StartAsync("EveryTwoMinutes");
        await AdvanceAsync(TimeSpan.FromSeconds(90));

        await NextAsync();
    }

    [Fact]
    public async Task The_setting_of_the_time_zone_says_when_it_is_morning()
    {
        await using var app = await StartAsync("Morning", options => options.Settings["WEBSITE_TIME_ZONE"] = "Asia/Tokyo");

        // 9:30 in Tokyo is 0:30 UTC.
        await AdvanceAsync(TimeSpan.FromSeconds((29 * 60) + 30));

        Assert.Equal(new DateTime(2026, 1, 1, 0, 30, 0, DateTimeKind.Utc), (await NextAsync()).ScheduleStatus!.Next);
    }

    [Fact]
    public async Task A_time_zone_that_nobody_knows_is_refused()
    {
        var error = await Assert.ThrowsAsync<FunctionsTestHostException>(
            () => StartAsync("Morning", options => options.Settings["WEBSITE_TIME_ZONE"] = "Nowhere"));

        Assert.Equal(
            "The 'Morning' function is in error: The time zone 'Nowhere' of WEBSITE_TIME_ZONE is not known here.", error.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_timer_runs_wherever_the_worker_does(bool ownProcess)
    {
        await using var line = new ProbeLine();
        await using var app = await StartAsync("TellingTimer", options =>
        {
            options.OwnProcess = ownProcess;
            options.Settings["ProbeLine"] = line.Address;
        });

        await AdvanceAsync(TimeSpan.FromSeconds(90));
        var first = JsonElement.Parse(await line.HearAsync());
        await AdvanceAsync(TimeSpan.FromMinutes(2));
        var second = JsonElement.Parse(await line.HearAsync());

        Assert.False(first.GetProperty("IsPastDue").GetBoolean());
        Assert.Equal(Start.AddSeconds(90), first.GetProperty("ScheduleStatus").GetProperty("Next").GetDateTimeOffset());
        Assert.Equal(Start.AddSeconds(90), second.GetProperty("ScheduleStatus").GetProperty("Last").GetDateTimeOffset());
    }

    private Task<FunctionsTestHost> StartAsync(string function, Action<FunctionsTestHostOptions>? configure = null) => FunctionsTestHost.StartAsync<Probe.Program>(
        options =>
        {
            options.Functions = [function];
            options.AppDirectory = BuiltApps.Output("tests/Apps/Probe");
            options.TimeProvider = _clock;
            options.DataDirectory = _data.FullName;
            options.Settings["When"] = "01:00:00";
            options.ConfigureServices = services => services.AddSingleton(_runs);
            configure?.Invoke(options);
        },
        Token);

    private Task<TimerInfo> NextAsync() => _runs.NextAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Token);

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
}
