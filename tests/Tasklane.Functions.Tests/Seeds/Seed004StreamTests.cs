using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using StackExchange.Redis;
using Tasklane.Functions.Tests.Handlers;
using Tasklane.Functions.Tests.Intake;
using Tasklane.Functions.Tests.Scenarios;
using Tasklane.Intake.Streams;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Seeds;

/// <summary>
/// The task queue of the crawler's scheduler, walked through from an empty Redis: its settings, its producer, its consumer group, the pages that
/// are crawled, and what its users' commands show at each step.
/// </summary>
public sealed class Seed004StreamTests
{
    private const string Stream = "goodshunter:task:queue";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_queue_from_an_empty_Redis_to_what_the_document_promises(bool isStoredInRedis)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var site = await LocalServer.StartAsync(OutsideTests.AnswerAsync);
        await using var app = await TestApp.StartAsync(
            isStoredInRedis ? redis.ConnectionString : null,
            ("APP_ENABLE_REDIS_QUEUE", "true"),
            ("APP_TASK_QUEUE_STREAM", Stream),
            ("APP_TASK_QUEUE_GROUP", "scheduler_group"),
            ("Tasklane__Intake__StreamRedis", redis.ConnectionString),
            ("Tasklane__Outbound__AllowedPrivate__0", site.Authority),
            ("Tasklane__Crawl__Start__0", site.Url("/site/")));
        var admin = await app.SignInAsync("boss", "admin");
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var producer = new TaskStreamProducer(connection, TimeProvider.System);

        // Nothing is there, and the group that reads it is.
        var groups = await IntakeApp.UntilAsync(() => CliAsync(redis, $"XINFO GROUPS {Stream}"), said => said.Contains("scheduler_group", StringComparison.Ordinal));
        Assert.Contains("name\nscheduler_group\n", groups, StringComparison.Ordinal);
        Assert.Equal("0", await CliAsync(redis, $"XLEN {Stream}"));

        // SubmitTask(ctx, taskID, "user_create"): one message of the document's shape, one crawl.
        var message = await producer.SubmitTaskAsync(42);
        Assert.Equal("1", await CliAsync(redis, $"XLEN {Stream}"));
        Assert.Matches($"^{message}\ntask_id\n42\naction\nexecute\ntimestamp\n[0-9T:.-]+Z\nretry\n0\nsource\nuser_create$", await CliAsync(redis, $"XRANGE {Stream} - +"));
        Assert.Contains("task_id\n42", await CliAsync(redis, $"XREAD COUNT 10 STREAMS {Stream} 0"), StringComparison.Ordinal);
        var crawl = await EndedAsync(admin);
        Assert.Equal(("crawl", "completed", "stream"), (Text(crawl, "type"), Text(crawl, "status"), Text(crawl, "source")));
        Assert.Equal(42, crawl.GetProperty("payload").GetProperty("task_id").GetInt32());
        Assert.True(crawl.GetProperty("result").GetProperty("pages").GetInt32() > 1);

        // Acknowledged once it was durably made: nothing is pending, and the same message again makes nothing.
        await IntakeApp.UntilAsync(() => CliAsync(redis, $"XPENDING {Stream} scheduler_group"), said => said.StartsWith('0'));
        await connection.GetDatabase().StreamAddAsync(Stream, [new("task_id", 43), new("action", "stop"), new("timestamp", "2026-01-31T08:00:00Z"), new("retry", 0), new("source", "periodic")]);
        await IntakeApp.UntilAsync(() => CliAsync(redis, $"XINFO GROUPS {Stream}"), said => said.Contains("\nlag\n0", StringComparison.Ordinal));
        await IntakeApp.UntilAsync(() => CliAsync(redis, $"XPENDING {Stream} scheduler_group"), said => said.StartsWith('0'));
        Assert.Equal(1, (await admin.GetAsync("/api/tasks?owner=all")).GetProperty("total").GetInt32());
    }

    private static Task<JsonElement> EndedAsync(TestUser admin) => IntakeApp.UntilAsync(
        async () => (await admin.GetAsync("/api/tasks?owner=all")).GetProperty("tasks").EnumerateArray().FirstOrDefault(),
        task => task.ValueKind == JsonValueKind.Object && Text(task, "status") is "completed" or "failed");

    private static string Text(JsonElement task, string name) => task.TryGetProperty(name, out var value) ? value.GetString()! : "";

    private static async Task<string> CliAsync(RedisServer redis, string command)
    {
        using var cli = Process.Start(new ProcessStartInfo("redis-cli", string.Create(CultureInfo.InvariantCulture, $"-p {redis.Port} {command}")) { RedirectStandardOutput = true })!;
        var said = await cli.StandardOutput.ReadToEndAsync();
        await cli.WaitForExitAsync();
        return said.Trim();
    }
}
