using Tasklane.Client;

namespace Tasklane.Clients.Tests.Client;

/// <summary>Following tasks: the same by the live hub and by asking.</summary>
public sealed class FollowTests(AppFixture app)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_change_comes_once_and_in_its_order_until_the_task_has_ended(bool live)
    {
        await using var client = app.SignIn(options => options.UseLiveEvents = live);
        var task = await client.CreateAsync("sleep", new Sleep(0.4, FailTimes: 1), new TaskOptions { Backoff = new Backoff("fixed", 0.1) });

        var changes = await client.EventsAsync(task.Id).ToListAsync();

        Assert.Equal(Enumerable.Range(1, changes.Count).Select(n => (long)n), changes.Select(change => change.Version));
        Assert.Equal(
            ["task:created", "task:started", "task:retrying", "task:started", "task:completed"],
            changes.Select(change => change.Event).Where(name => name != "task:progress"));
        Assert.Contains(changes, change => change.Progress is { Percent: > 0 and <= 100 });
    }

    [Fact]
    public async Task Live_events_need_no_questions_once_the_connection_stands()
    {
        var asked = new Counting();
        await using var client = app.SignIn(through: asked);
        var seen = new List<(int Changes, int Questions)>();

        // The first makes the connection; how long that takes is the machine's matter.
        while (seen.Count < 5 && !seen.Any(one => one.Changes > 8 && one.Questions < one.Changes / 2))
        {
            asked.Events = 0;
            var task = await client.CreateAsync("sleep", new Sleep(1.5));
            var changes = await client.EventsAsync(task.Id).ToListAsync();
            seen.Add((changes.Count, asked.Events));
        }

        Assert.Contains(seen, one => one.Changes > 8 && one.Questions < one.Changes / 2);
    }

    [Fact]
    public async Task Many_that_are_followed_at_once_each_get_their_own()
    {
        await using var client = app.SignIn();
        var tasks = await client.CreateManyAsync([.. Enumerable.Range(0, 8).Select(n => NewTask.Of("sleep", new Sleep(0.3 + (n * 0.02))))]);

        var all = await Task.WhenAll(tasks.Tasks!.Select(async task => (task.Id, Changes: await client.EventsAsync(task.Id).ToListAsync())));

        Assert.All(all, one =>
        {
            Assert.All(one.Changes, change => Assert.Equal(one.Id, change.Id));
            Assert.Equal(Enumerable.Range(1, one.Changes.Count).Select(n => (long)n), one.Changes.Select(change => change.Version));
            Assert.True(one.Changes[^1].IsEnd);
        });
    }

    [Fact]
    public async Task A_service_without_a_hub_is_asked()
    {
        await using var client = app.SignIn(through: new Counting { HasHub = false });
        var task = await client.CreateAsync("sleep", new Sleep(0.3));
        Assert.Equal(TaskState.Completed, (await client.WaitAsync(task.Id)).Status);
    }

    [Fact]
    public async Task Whoever_has_the_end_already_waits_for_nothing_more()
    {
        await using var client = app.SignIn();
        var ended = await client.WaitAsync((await client.CreateAsync("noop", new { })).Id);
        Assert.Empty(await client.EventsAsync(ended.Id, after: ended.Version).ToListAsync());
    }

    [Fact]
    public async Task Log_lines_are_followed_until_the_task_has_ended()
    {
        await using var client = app.SignIn();
        var task = await client.CreateAsync("sleep", new Sleep(0.3, FailTimes: 1), new TaskOptions { Backoff = new Backoff("fixed", 0.1) });

        var lines = await client.LogsAsync(task.Id, follow: true).ToListAsync();

        Assert.Equal(["Sleeping 0.3 s, attempt 1.", "Sleeping 0.3 s, attempt 2."], lines.Select(line => line.Message).Where(text => text.StartsWith("Sleeping", StringComparison.Ordinal)));
        Assert.Equal(lines, await client.LogsAsync(task.Id).ToListAsync());
        Assert.All(await client.LogsAsync(task.Id, level: "warning").ToListAsync(), line => Assert.True(line.Level is "warning" or "error"));
    }

    /// <summary>Counts the questions for events.</summary>
    private sealed class Counting() : DelegatingHandler(new SocketsHttpHandler { UseCookies = false })
    {
        private int _events;

        public int Events
        {
            get => Volatile.Read(ref _events);
            set => Volatile.Write(ref _events, value);
        }

        public bool HasHub { get; init; } = true;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath;
            if (path.EndsWith("/events", StringComparison.Ordinal))
                Interlocked.Increment(ref _events);
            if (path == "/api/negotiate" && !HasHub)
                request.RequestUri = new Uri(request.RequestUri, "/api/nothing-here");
            return base.SendAsync(request, cancellationToken);
        }
    }
}
