using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Tasklane.Functions.Tests.Http;
using Tasklane.Intake.Streams;
using Tasklane.Tasks;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Intake;

public sealed class StreamIntakeTests(SharedIntake intake) : IAsyncLifetime
{
    private const string Stream = "goodshunter:task:queue";
    private const string Group = "scheduler_group";
    private static int ids = 1000;

    private readonly ulong _id = (ulong)Interlocked.Increment(ref ids);
    private IntakeApp _app = null!;
    private ConnectionMultiplexer _redis = null!;

    private string Tag => $"task_id:{_id}";

    private IDatabase Database => _redis.GetDatabase();

    private TaskStreamProducer Producer => new(_redis, TimeProvider.System);

    public async ValueTask InitializeAsync()
    {
        _app = await intake.AppAsync();
        _redis = await (await intake.RedisAsync()).ConnectAsync();
    }

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    [Fact]
    public async Task Submitted_work_is_a_task_with_the_message_as_its_payload()
    {
        await Producer.SubmitTaskAsync(_id);

        var task = await _app.TaskAsync(Tag, "completed");
        Assert.Equal("stream", task.Text("source"));
        Assert.Equal("probe_stream", task.Text("type"));
        Assert.Equal(_id, task["payload"]!["task_id"]!.GetValue<ulong>());
        Assert.Equal(("execute", "user_create"), (task["payload"]!.Text("action"), task["payload"]!.Text("source")));
        Assert.Equal(0, task["payload"]!["retry"]!.GetValue<int>());
        Assert.True(task["payload"]!["timestamp"]!.GetValue<DateTimeOffset>() > DateTimeOffset.UnixEpoch);
    }

    [Fact]
    public async Task Work_that_runs_is_found_and_stopped_and_then_made_anew()
    {
        await Producer.SubmitTaskAsync(_id, TaskStreamProducer.Periodic);
        var first = await _app.TaskAsync(Tag, "running");

        await Producer.SubmitTaskAsync(_id, TaskStreamProducer.Periodic);
        await AcknowledgedAsync();
        Assert.Single(await _app.TasksAsync(Tag));
        await Producer.StopTaskAsync(_id);
        var stopped = await _app.TaskAsync(Tag, "cancelled");
        await Producer.SubmitTaskAsync(_id);

        Assert.Equal(first.Id(), stopped.Id());
        var both = await _app.TasksAsync(Tag, tasks => tasks.Count == 2 && tasks[0].Text("status") == "completed");
        Assert.Equal(first.Id(), both[1].Id());
    }

    [Fact]
    public async Task A_repeated_message_makes_nothing_twice_also_after_the_end()
    {
        NameValueEntry[] message =
        [
            new("task_id", _id), new("action", "execute"), new("timestamp", "2026-01-31T08:00:00.123Z"), new("retry", 0), new("source", "user_create"),
        ];
        await Database.StreamAddAsync(Stream, message);
        await _app.TaskAsync(Tag, "completed");

        await Database.StreamAddAsync(Stream, message);
        await AcknowledgedAsync();
        Assert.Single(await _app.TasksAsync(Tag));
        message[3] = new("retry", 1);
        await Database.StreamAddAsync(Stream, message);

        await _app.TasksAsync(Tag, tasks => tasks.Count == 2 && tasks.All(task => task.Text("status") == "completed"));
    }

    [Theory]
    [InlineData("data")]
    [InlineData("message")]
    [InlineData("payload")]
    public async Task A_message_may_be_JSON_in_one_field(string field)
    {
        await Database.StreamAddAsync(Stream, field, $$"""{"task_id":{{_id}},"action":"execute","timestamp":"2026-01-31T08:00:00Z","retry":0,"source":"periodic"}""");
        await _app.TaskAsync(Tag, "running");
        await Database.StreamAddAsync(Stream, field, $$"""{"task_id":{{_id}},"action":"stop","timestamp":"2026-01-31T08:00:01Z","retry":0,"source":"periodic"}""");
        await _app.TaskAsync(Tag, "cancelled");
    }

    [Fact]
    public async Task Messages_of_a_consumer_that_is_gone_are_claimed()
    {
        // Of a burst this reader gets some before the app does.
        StreamEntry[] held = [];
        for (var i = 0; held.Length == 0; i++)
        {
            Assert.True(i < 200, "The app was always faster.");
            var batch = Database.CreateBatch();
            var added = batch.StreamAddAsync(Stream, [new("task_id", _id), new("action", "execute"), new("retry", i), new("timestamp", "2026-01-31T08:00:00Z")]);
            var read = batch.StreamReadGroupAsync(Stream, Group, "dead-consumer", ">", count: 10);
            batch.Execute();
            await added;
            held = await read;
        }

        await _app.TasksAsync(Tag, tasks => tasks.Count > 0 && tasks.All(task => task.Text("status") == "completed"));
        await AcknowledgedAsync();
    }

    [Theory]
    [InlineData("task_id", "ID", "action", "explode", "/action must be one of execute, stop, not 'explode'")]
    [InlineData("task_id", "ID", "source", "periodic", "/action is missing")]
    [InlineData("action", "execute", "source", "ID", "/task_id is missing")]
    [InlineData("data", "{\"task_id\": ID", "other", "x", "Line 1")]
    [InlineData("data", "[ID]", "other", "x", "must be object")]
    public async Task Rubbish_is_a_dead_letter_with_its_reason_and_its_fields(string name, string value, string otherName, string otherValue, string reason)
    {
        value = value.Replace("ID", $"{_id}", StringComparison.Ordinal);
        otherValue = otherValue.Replace("ID", $"{_id}", StringComparison.Ordinal);
        var entry = await Database.StreamAddAsync(Stream, [new(name, value), new(otherName, otherValue)]);

        var poison = await _app.PoisonAsync("stream", $"{_id}");

        Assert.Contains(reason, poison.Text("reason"), StringComparison.Ordinal);
        Assert.Equal($"{name}={value}\n{otherName}={otherValue}", poison.Text("text"));
        var dead = Assert.Single(await Database.StreamRangeAsync($"{Stream}:dead", poison.Id(), poison.Id()));
        Assert.Equal(entry, dead["dead:id"]);
        Assert.Equal(value, dead[name]);
        await AcknowledgedAsync();
        await _app.Admin.DeleteAsync($"/api/admin/poison/stream/{poison.Id()}");
        Assert.Empty(await Database.StreamRangeAsync($"{Stream}:dead", poison.Id(), poison.Id()));
    }

    [Fact]
    public async Task A_dead_letter_is_sent_round_again()
    {
        // The type's schema wants a number.
        await Database.StreamAddAsync(Stream, [new("task_id", $"work-{_id}"), new("action", "execute")]);
        var poison = await _app.PoisonAsync("stream", $"work-{_id}");
        Assert.Equal("payload_invalid", poison.Text("code"));

        var sent = await (await _app.Admin.PostAsync($"/api/admin/poison/stream/requeue?id={poison.Id()}", null)).JsonAsync();

        Assert.Equal(1, sent["sent"]!.GetValue<int>());
        var again = await IntakeApp.UntilAsync(
            () => _app.PoisonAsync("stream", $"work-{_id}"), one => one.Id() != poison.Id());
        Assert.Equal("payload_invalid", again.Text("code"));
        await _app.Admin.DeleteAsync($"/api/admin/poison/stream/{again.Id()}");
    }

    [Fact]
    public async Task A_message_that_fails_again_and_again_is_a_dead_letter_and_holds_up_no_other()
    {
        await Database.StreamAddAsync(Stream, [new("task_id", _id), new("action", "execute"), new("source", "broken")]);
        await Producer.SubmitTaskAsync(_id + 1_000_000);
        await _app.TaskAsync($"task_id:{_id + 1_000_000}", "completed");

        var poison = await _app.PoisonAsync("stream", $"task_id={_id}");
        Assert.Equal("Failed 2 times, at last with: A fault in a rule.", poison.Text("reason"));
        await _app.Admin.DeleteAsync($"/api/admin/poison/stream/{poison.Id()}");
    }

    [Fact]
    public async Task A_stream_that_was_deleted_is_read_when_it_is_there_again()
    {
        await Database.KeyDeleteAsync(Stream);
        await Producer.SubmitTaskAsync(_id);
        await _app.TaskAsync(Tag, "completed");
        await AcknowledgedAsync();
    }

    /// <summary>As several app instances would.</summary>
    [Fact]
    public async Task Of_messages_handled_at_once_one_makes_the_task_of_their_id()
    {
        var work = _app.Host.Services.GetRequiredService<StreamWork>();
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => HandleAsync(work, i, "periodic")));
        Assert.Single(await _app.TasksAsync(Tag));
        await Producer.StopTaskAsync(_id);
        await _app.TaskAsync(Tag, "cancelled");

        await Task.WhenAll(Enumerable.Range(20, 12).Select(i => HandleAsync(work, i, "periodic")));
        Assert.Equal(2, (await _app.TasksAsync(Tag)).Count);
        await Producer.StopTaskAsync(_id);
        await _app.TasksAsync(Tag, tasks => tasks.All(task => task.Text("status") == "cancelled"));
    }

    /// <summary>As after a crash between the task's creation and the acknowledgement.</summary>
    [Fact]
    public async Task A_message_delivered_again_after_its_task_has_ended_makes_none()
    {
        var work = _app.Host.Services.GetRequiredService<StreamWork>();
        await HandleAsync(work, 0, "user_create");
        await _app.TaskAsync(Tag, "completed");
        await HandleAsync(work, 0, "user_create");
        Assert.Single(await _app.TasksAsync(Tag));
        await HandleAsync(work, 1, "user_create");
        await _app.TasksAsync(Tag, tasks => tasks.Count == 2 && tasks.All(task => task.Text("status") == "completed"));
    }

    [Fact]
    public async Task Handled_messages_leave_the_stream_after_their_time_and_others_never()
    {
        const int Count = 500;
        var (name, options) = ($"stream-{Guid.NewGuid():N}", new TasklaneOptions { Redis = (await intake.RedisAsync()).ConnectionString });
        var time = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        await using var stream = new TaskStream(options, new StreamSettings(true, name, Group));
        var upkeep = new StreamUpkeep(stream, options, time);
        await stream.EnsureGroupAsync(Database);
        var ids = await Task.WhenAll(Enumerable.Range(0, Count).Select(i => Database.StreamAddAsync(name, "n", i)));
        await Database.StreamReadGroupAsync(name, Group, "one", ">", count: 400);
        await Database.StreamAcknowledgeAsync(name, Group, ids[..300]);

        await upkeep.RunAsync(Database, "one");
        Assert.Equal(Count, await Database.StreamLengthAsync(name));
        time.Advance(TimeSpan.FromHours(25));
        await upkeep.RunAsync(Database, "one");

        var left = (await Database.StreamRangeAsync(name)).Select(entry => entry.Id).ToArray();
        Assert.True(left.Length < Count, "Nothing was removed.");
        Assert.Equal(ids[300..], left[^200..]);
    }

    private Task HandleAsync(StreamWork work, int second, string source)
    {
        var message = StreamMessage.Read(
            [new("task_id", _id), new("action", "execute"), new("timestamp", $"2026-01-31T08:00:{second:00}Z"), new("source", source)]);
        return work.HandleAsync(_app.Host.DurableTaskClient, message, StreamWork.IdentityOf(message, "0-1"), TestContext.Current.CancellationToken);
    }

    /// <summary>The commands that the stream's users know.</summary>
    [Fact]
    public async Task The_commands_of_the_streams_users_show_what_they_say()
    {
        var id = await Producer.SubmitTaskAsync(_id);
        await _app.TaskAsync(Tag, "completed");
        await AcknowledgedAsync();

        Assert.True(long.Parse(await CliAsync("XLEN goodshunter:task:queue"), null) >= 1);
        var groups = await CliAsync("XINFO GROUPS goodshunter:task:queue");
        Assert.Contains("name\nscheduler_group\n", groups, StringComparison.Ordinal);
        Assert.StartsWith("0", await IntakeApp.UntilAsync(
            () => CliAsync("XPENDING goodshunter:task:queue scheduler_group"), pending => pending.StartsWith('0')), StringComparison.Ordinal);
        Assert.NotEmpty(await CliAsync("XREAD COUNT 10 STREAMS goodshunter:task:queue 0"));
        var own = await CliAsync($"XRANGE goodshunter:task:queue {id} {id}");
        Assert.Matches($"^{id}\ntask_id\n{_id}\naction\nexecute\ntimestamp\n[0-9T:.-]+Z\nretry\n0\nsource\nuser_create$", own);
    }

    [Fact]
    public async Task Redis_that_is_killed_and_comes_back_loses_nothing()
    {
        const int Count = 40;
        await using var server = await RedisServer.StartAsync(aof: true, appendFsync: "always");
        await using var app = await IntakeApp.StartAsync(azurite: null, server.ConnectionString);
        await using var connection = await server.ConnectAsync();
        var producer = new TaskStreamProducer(connection, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(1, Count).Select(i => producer.SubmitTaskAsync((ulong)i)));
        await app.TasksAsync("task_id:1", tasks => tasks.Count > 0);

        await server.KillAsync();
        await server.RestartAsync();

        var tasks = await IntakeApp.UntilAsync(
            async () => (await app.Admin.GetJsonAsync("/api/tasks?owner=intake&status=completed&pageSize=100"))["tasks"]!.AsArray(), tasks => tasks.Count >= Count);
        Assert.Equal(Count, tasks.Select(task => task!["payload"]!["task_id"]!.GetValue<int>()).Distinct().Count());
        Assert.Equal(Count, tasks.Count);
    }

    /// <summary>Until every message is acknowledged.</summary>
    private Task AcknowledgedAsync() => IntakeApp.UntilAsync(
        async () => (Groups: await Database.StreamGroupInfoAsync(Stream), Pending: await Database.StreamPendingAsync(Stream, Group)),
        now => now.Pending.PendingMessageCount == 0 && now.Groups.Single(group => group.Name == Group).Lag == 0);

    private async Task<string> CliAsync(string command)
    {
        using var cli = Process.Start(new ProcessStartInfo("redis-cli", $"-p {(await intake.RedisAsync()).Port} {command}") { RedirectStandardOutput = true })!;
        var said = await cli.StandardOutput.ReadToEndAsync();
        await cli.WaitForExitAsync();
        Assert.Equal(0, cli.ExitCode);
        return said.Trim();
    }
}
