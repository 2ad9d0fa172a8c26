using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Client;

namespace Tasklane.Clients.Tests.Client;

public sealed record Sleep(double Seconds, int FailTimes = 0);

public sealed record Slept(double Seconds, int Attempt);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Sleep))]
[JsonSerializable(typeof(Slept))]
internal sealed partial class SleepJson : JsonSerializerContext;

/// <summary>Tasks by the typed client.</summary>
public sealed class TaskTests(AppFixture app)
{
    [Fact]
    public async Task A_task_is_created_as_asked_for_and_waited_for_with_a_typed_result()
    {
        await using var client = app.SignIn();

        var task = await client.CreateAsync("sleep", new Sleep(0.05), new TaskOptions
        {
            Priority = TaskPriority.High,
            MaxRetries = 7,
            Timeout = TimeSpan.FromMinutes(2),
            Tags = ["a", "b"],
        });
        var result = await client.WaitAsync<Slept>(task.Id);

        Assert.Equal((TaskPriority.High, 7, 120), (task.Priority, task.MaxRetries, task.TimeoutSeconds));
        Assert.Equal(["a", "b"], task.Tags);
        Assert.Equal(new Slept(0.05, 1), result);
        Assert.Equal(0.05, (await client.GetAsync(task.Id)).Payload!.Value.GetProperty("seconds").GetDouble());
    }

    [Fact]
    public async Task Payload_and_result_go_by_source_generated_code_too()
    {
        await using var client = app.SignIn();
        var task = await client.CreateAsync("sleep", new Sleep(0.02), SleepJson.Default.Sleep);
        Assert.Equal(new Slept(0.02, 1), await client.WaitAsync(task.Id, SleepJson.Default.Slept));
    }

    [Fact]
    public async Task A_task_that_fails_says_why_to_whoever_waits_for_its_result()
    {
        await using var client = app.SignIn();
        var task = await client.CreateAsync("sleep", new Sleep(0, FailTimes: 1), new TaskOptions { MaxRetries = 0 });

        var failure = await Assert.ThrowsAsync<TaskNotCompletedException>(() => client.WaitAsync<Slept>(task.Id));

        Assert.Equal((TaskState.Failed, "asked_to_fail"), (failure.Task.Status, failure.Task.Error?.Code));
        Assert.Contains("Attempt 1 of 1", failure.Message, StringComparison.Ordinal);
        await client.RetryAsync(task.Id);
        Assert.Equal(new Slept(0, 2), await client.WaitAsync<Slept>(task.Id));
    }

    [Fact]
    public async Task A_refusal_has_its_code_its_status_and_what_is_wrong_with_each_field()
    {
        await using var client = app.SignIn();

        var refusal = await Assert.ThrowsAsync<TasklaneException>(() => client.CreateAsync("sleep", new { seconds = -1 }));
        var missing = await Assert.ThrowsAsync<TasklaneException>(() => client.GetAsync(new string('0', 32)));

        Assert.Equal(("payload_invalid", HttpStatusCode.BadRequest), (refusal.Code, refusal.Status));
        Assert.Equal("/payload/seconds", Assert.Single(refusal.Errors).Field);
        Assert.Equal(("task_not_found", HttpStatusCode.NotFound), (missing.Code, missing.Status));
    }

    [Fact]
    public async Task A_list_walks_over_all_pages_and_meets_each_task_once()
    {
        await using var client = app.SignIn();
        var made = await client.CreateManyAsync([.. Enumerable.Range(0, 7).Select(n => NewTask.Of("noop", new { }, new TaskOptions { Delay = TimeSpan.FromHours(1), Tags = [$"n{n}"] }))]);

        var listed = await client.ListAsync(new TaskFilter { Status = TaskState.Pending }, pageSize: 2).ToListAsync();

        Assert.Equal(7, made.Created);
        Assert.Equal(made.Tasks!.Select(task => task.Id).Order(), listed.Select(task => task.Id).Order());
        Assert.Equal(made.Tasks![4].Id, (await client.ListAsync(new TaskFilter { Tag = "n4" }).SingleAsync()).Id);
        var counted = await client.BulkAsync(BulkAction.Cancel, new TaskFilter { Status = TaskState.Pending }, dryRun: true);
        var cancelled = await client.BulkAsync(BulkAction.Cancel, [.. listed.Select(task => task.Id), new string('0', 32)]);
        Assert.Equal((7, null), (counted.Matched, counted.Changed));
        Assert.Equal((8, 7, "task_not_found"), (cancelled.Matched, cancelled.Changed, Assert.Single(cancelled.Skipped!).Code));
    }

    [Fact]
    public async Task More_than_five_hundred_are_a_task_of_their_own_that_can_be_waited_for()
    {
        await using var client = app.SignIn();
        var later = NewTask.Of("noop", new { }, new TaskOptions { Delay = TimeSpan.FromHours(1) });
        await client.CreateManyAsync([.. Enumerable.Repeat(later, 500)]);
        await client.CreateAsync(later);

        var answer = await client.BulkAsync(BulkAction.Cancel, new TaskFilter { Status = TaskState.Pending });
        var ended = await client.WaitAsync(answer.TaskId!);

        Assert.Equal((TaskState.Completed, "bulk"), (ended.Status, ended.Source));
        Assert.Equal(501, (await client.PageAsync(new TaskFilter { Status = TaskState.Cancelled }, pageSize: 1)).Total);
    }

    [Fact]
    public async Task A_pending_task_is_cancelled_and_a_running_one_is_asked_to_stop()
    {
        await using var client = app.SignIn();
        var later = await client.CreateAsync("noop", new { }, new TaskOptions { Delay = TimeSpan.FromHours(1) });
        var running = await client.CreateAsync("sleep", new Sleep(600));
        await client.EventsAsync(running.Id).FirstAsync(change => change.Event == "task:started");

        var refusal = await Assert.ThrowsAsync<TasklaneException>(() => client.CancelPendingAsync(running.Id));
        await client.CancelAsync(running.Id);

        Assert.Equal(TaskState.Cancelled, (await client.CancelPendingAsync(later.Id)).Status);
        Assert.Equal("task_running", refusal.Code);
        Assert.Equal(TaskState.Cancelled, (await client.WaitAsync(running.Id)).Status);
    }

    [Fact]
    public async Task A_file_is_downloaded_under_its_name()
    {
        await using var client = app.SignIn();
        var task = await client.CreateAsync("export", new { what = "tasks", format = "json" });
        await client.WaitAsync(task.Id);
        using var bytes = new MemoryStream();

        var file = await client.DownloadAsync(task.Id, bytes);

        Assert.EndsWith(".json", file.Name, StringComparison.Ordinal);
        Assert.Equal(bytes.Length, file.Length);
        Assert.Equal(task.Id, JsonElement.Parse(bytes.ToArray())[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task Types_counts_and_health_are_told()
    {
        await using var client = app.SignIn();

        await client.WaitAsync((await client.CreateAsync("noop", new { })).Id);
        var types = await client.GetTypesAsync();
        var stats = await client.GetStatsAsync();

        Assert.Equal("object", types.Single(type => type.Name == "export").Schema.GetProperty("type").GetString());
        Assert.Equal(["high", "normal", "low"], stats.Depth.Keys);
        Assert.True(stats.MaxRunning > 0);
        Assert.Contains((await client.GetHistoryAsync(5)).Minutes, minute => minute.Created > 0);
        Assert.True((await client.GetHealthAsync()).IsHealthy);
    }

    [Fact]
    public async Task Whoever_is_not_signed_in_is_told_so_and_may_ask_for_the_health()
    {
        await using var nobody = new TasklaneClient(app.Url.ToString());
        var refusal = await Assert.ThrowsAsync<TasklaneException>(() => nobody.GetStatsAsync());
        Assert.Equal(("unauthenticated", HttpStatusCode.Unauthorized), (refusal.Code, refusal.Status));
        Assert.True((await nobody.GetHealthAsync()).IsHealthy);
    }

    [Fact]
    public async Task As_a_service_it_is_one_for_all()
    {
        var services = new ServiceCollection();
        services.AddTasklaneClient(options =>
        {
            options.Url = app.Url;
            options.Credential = TasklaneCredential.LocalUser(AppFixture.NewUser());
        });
        await using var provider = services.BuildServiceProvider();

        var client = provider.GetRequiredService<TasklaneClient>();

        Assert.Same(client, provider.GetRequiredService<TasklaneClient>());
        Assert.Empty(await client.ListAsync().ToListAsync());
    }

    [Theory]
    [InlineData("localhost:7071")]
    [InlineData("/api")]
    public void An_address_that_is_none_is_refused_with_what_one_looks_like(string url)
    {
        var refusal = Assert.Throws<ArgumentException>(() => new TasklaneClient(url));
        Assert.Contains("such as http://localhost:7071", refusal.Message, StringComparison.Ordinal);
    }
}
