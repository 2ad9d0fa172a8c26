using System.Net;
using System.Text;
using System.Text.Json;
using Tasklane.Functions.Tests.Http;
using Tasklane.Intake.Streams;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Intake;

public sealed class QueueIntakeTests(SharedIntake intake)
{
    private static string Message(string tag, string more = "") => $$$"""{"type":"noop","payload":{"n":"数据"},"tags":["{{{tag}}}"]{{{more}}}}""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_becomes_a_task_whatever_its_encoding(bool base64)
    {
        var (app, tag) = (await intake.AppAsync(), IntakeApp.NewTag());
        var text = Message(tag, ""","priority":"high" """);

        await app.Queue.SendMessageAsync(base64 ? Convert.ToBase64String(Encoding.UTF8.GetBytes(text)) : text);

        var task = await app.TaskAsync(tag, "completed");
        Assert.Equal("queue", task.Text("source"));
        Assert.Equal("intake", task.Text("createdBy"));
        Assert.Equal("high", task.Text("priority"));
        Assert.Equal("数据", task["result"]!.Text("n"));
    }

    [Fact]
    public async Task Messages_with_one_key_of_their_senders_make_one_task()
    {
        var (app, tag) = (await intake.AppAsync(), IntakeApp.NewTag());
        for (var i = 0; i < 3; i++)
            await app.Queue.SendMessageAsync(Message(tag, $""","idempotencyKey":"{tag}" """));
        await app.Queue.SendMessageAsync(Message(tag + "-last"));
        await app.TaskAsync(tag + "-last", "completed");

        await IntakeApp.UntilAsync(async () => (await app.Queue.GetPropertiesAsync()).Value.ApproximateMessagesCount, left => left == 0);
        await app.TaskAsync(tag, "completed");
    }

    [Theory]
    [InlineData("""{"type":"noop" TAG""", "invalid_json", "Line 1")]
    [InlineData("""{"type":"no_such","payload":{"tag":"TAG"}}""", "unknown_task_type", "'no_such'")]
    [InlineData("""{"type":"sleep","payload":{"seconds":"TAG"}}""", "payload_invalid", "/payload/seconds must be")]
    [InlineData("""{"type":"noop","payload":{"tag":"TAG"},"owner":"alice"}""", "invalid_field", "Tasklane:Intake:Owners")]
    [InlineData("not a bit of JSON: TAG", "invalid_json", "Line 1")]
    public async Task A_message_that_can_be_no_task_is_poison_at_once_with_its_reason(string message, string code, string reason)
    {
        var (app, tag) = (await intake.AppAsync(), IntakeApp.NewTag());
        var text = message.Replace("TAG", tag, StringComparison.Ordinal);

        await app.Queue.SendMessageAsync(text);

        var poison = await app.PoisonAsync("queue", tag);
        Assert.Equal(text, poison.Text("text"));
        Assert.Equal("queue", poison.Text("source"));
        Assert.Equal(code, poison.Text("code"));
        Assert.Contains(reason, poison.Text("reason"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, (await app.Admin.DeleteAsync($"/api/admin/poison/queue/{poison.Id()}")).StatusCode);
        Assert.DoesNotContain(await app.PoisonAsync("queue"), one => one.Id() == poison.Id());
    }

    [Fact]
    public async Task Poison_goes_round_again_when_its_reason_is_gone_and_stays_before()
    {
        var (app, tag) = (await intake.AppAsync(), IntakeApp.NewTag());
        await app.Queue.SendMessageAsync($$"""{"type":"probe_mendable","payload":{"name":"{{tag}}"},"tags":["{{tag}}"]}""");
        var poison = await app.PoisonAsync("queue", tag);
        var path = $"/api/admin/poison/queue/requeue?id={poison.Id()}";

        var early = await (await app.Admin.PostAsync(path, null)).JsonAsync();
        Assert.Equal(0, early["sent"]!.GetValue<int>());
        Assert.Contains("is broken just now", Assert.Single(early["refused"]!.AsArray())!.Text("reason"), StringComparison.Ordinal);
        poison = await app.PoisonAsync("queue", tag);
        lock (MendablePayload.Mended)
            MendablePayload.Mended.Add(tag);
        var late = await (await app.Admin.PostAsync($"/api/admin/poison/queue/requeue?id={poison.Id()}", null)).JsonAsync();

        Assert.Equal(1, late["sent"]!.GetValue<int>());
        var task = await app.TaskAsync(tag, "completed");
        Assert.Equal(task.Id(), Assert.Single(late["tasks"]!.AsArray())!.GetValue<string>());
        Assert.DoesNotContain(await app.PoisonAsync("queue"), one => one.Text("text").Contains(tag, StringComparison.Ordinal));
        await (await app.Admin.PostAsync(path, null)).ProblemAsync(HttpStatusCode.NotFound, "poison_not_found");
    }

    [Fact]
    public async Task A_text_too_long_for_a_note_is_kept_whole()
    {
        var (app, tag) = (await intake.AppAsync(), IntakeApp.NewTag());
        var text = $$$"""{"type":"no_such","payload":{"tag":"{{{tag}}}","quotes":"{{{string.Concat(Enumerable.Repeat("\\\"", 30_000))}}}"}}""";

        await app.Queue.SendMessageAsync(text);

        var poison = await app.PoisonAsync("queue", tag);
        Assert.Equal(text, poison.Text("text"));
        Assert.Equal("unknown_task_type", poison.Text("code"));
        await app.Admin.DeleteAsync($"/api/admin/poison/queue/{poison.Id()}");
    }

    [Fact]
    public async Task What_the_host_gave_up_is_listed_as_it_was_and_can_be_sent_again()
    {
        var (app, tag) = (await intake.AppAsync(), IntakeApp.NewTag());
        var queue = new Azure.Storage.Queues.QueueClient(app.Azurite.ConnectionString, "tasklane-tasks-poison");
        await queue.CreateIfNotExistsAsync();
        await queue.SendMessageAsync(Message(tag));

        var poison = await app.PoisonAsync("queue", tag);
        Assert.Equal("given_up", poison.Text("code"));
        await app.Admin.PostAsync($"/api/admin/poison/queue/requeue?id={poison.Id()}", null);

        await app.TaskAsync(tag, "completed");
    }

    [Fact]
    public async Task Only_admins_see_poison_and_only_of_boxes_there_are()
    {
        var app = await intake.AppAsync();
        var bob = await app.SignInAsync("bob");
        await (await bob.GetAsync("/api/admin/poison/queue")).ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        await (await bob.PostAsync("/api/admin/poison/queue/requeue", null)).ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        await (await app.Admin.GetAsync("/api/admin/poison/shoe")).ProblemAsync(HttpStatusCode.NotFound, "route_not_found");
    }

    [Fact]
    public async Task A_task_store_that_is_away_is_waited_for()
    {
        await using var store = await RedisServer.StartAsync(aof: true, appendFsync: "always");
        await using var stream = await RedisServer.StartAsync();
        await using var app = await IntakeApp.StartAsync(
            await AzuriteServer.StartAsync(),
            stream.ConnectionString,
            ("Tasklane__Store", "redis"),
            ("Tasklane__Redis", $"{store.ConnectionString},syncTimeout=1000"));
        await using var redis = await stream.ConnectAsync();
        var (tag, producer) = (IntakeApp.NewTag(), new TaskStreamProducer(redis, TimeProvider.System));
        await app.Queue.CreateIfNotExistsAsync();

        await store.KillAsync();
        await app.Queue.SendMessageAsync(Message(tag));
        await producer.SubmitTaskAsync(7);
        await IntakeApp.UntilAsync(
            async () => (await app.Queue.PeekMessagesAsync(1)).Value, messages => messages is [{ DequeueCount: > 0 }]);
        await IntakeApp.UntilAsync(
            () => redis.GetDatabase().StreamPendingAsync("goodshunter:task:queue", "scheduler_group"), pending => pending.PendingMessageCount == 1);
        await store.RestartAsync();
        await IntakeApp.UntilAsync(() => app.Admin.GetAsync("/api/health/ready"), ready => ready.IsSuccessStatusCode);

        await app.TaskAsync(tag, "completed");
        await app.TaskAsync("task_id:7", "completed");
        Assert.Empty(await app.PoisonAsync("queue"));
        Assert.Empty(await app.PoisonAsync("stream"));
    }

    [Fact]
    public async Task Storage_that_goes_away_under_load_loses_nothing_and_doubles_nothing()
    {
        const int Count = 60;
        var azurite = await AzuriteServer.StartAsync();
        await using var app = await IntakeApp.StartAsync(azurite, redis: null, ("Tasklane__Intake__Owners", "true"));
        var tag = IntakeApp.NewTag();
        await app.Queue.CreateIfNotExistsAsync();
        foreach (var batch in Enumerable.Range(0, Count).Chunk(20))
            await Task.WhenAll(batch.Select(i => app.Queue.SendMessageAsync(Message(tag, $$""","owner":"u{{i}}" """))));

        await app.TasksAsync(tag, tasks => tasks.Count > 0);
        await azurite.StopAsync();
        await azurite.RestartAsync();

        await IntakeApp.UntilAsync(async () => (await app.Queue.GetPropertiesAsync()).Value.ApproximateMessagesCount, left => left == 0);
        var tasks = await app.TasksAsync(tag, tasks => tasks.Count >= Count && tasks.All(task => task.Text("status") == "completed"));
        Assert.Equal(Count, tasks.Select(task => task.Text("createdBy")).Distinct().Count());
        Assert.Equal(Count, tasks.Count);
    }
}
