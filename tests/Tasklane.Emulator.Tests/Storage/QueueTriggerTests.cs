using System.Net.Http.Json;
using Tasklane.Emulator.Storage;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Storage;

public sealed class QueueTriggerTests(SharedAzurite azurite)
{
    private const string JsonOrder = """{"Product":"tea","Count":2}""";

    [Theory]
    [InlineData("QueueText", "hällo", "hällo", false)]
    [InlineData("QueueText", "hällo", "hällo", true)]
    [InlineData("QueueOrder", JsonOrder, "2 tea", false)]
    [InlineData("QueueOrder", JsonOrder, "2 tea", true)]
    [InlineData("QueueBytes", "abc", "616263", false)]
    [InlineData("QueueBytes", "abc", "616263", true)]
    [InlineData("QueueBinary", "abc", "abc", false)]
    [InlineData("QueueBinary", "abc", "abc", true)]
    [InlineData("QueueMessage", "abc", "abc 1 36 True True", false)]
    [InlineData("QueueMessage", "abc", "abc 1 36 True True", true)]
    [InlineData("QueueMetadata", "abc", "abc abc 1 True True 7.00:00:00 True", false)]
    [InlineData("QueueMetadata", "abc", "abc abc 1 True True 7.00:00:00 True", true)]
    public async Task A_message_reaches_every_kind_of_parameter_and_is_deleted(string function, string message, string said, bool ownProcess)
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess, function);
        await run.SendAsync(message);

        Assert.Equal(said, await run.Line.HearAsync());
        await StorageRun.UntilAsync(async () => await StorageRun.CountAsync(run.Queue) == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_that_fails_comes_again_and_in_the_end_lies_in_the_poison_queue(bool ownProcess)
    {
        await using var run = StorageRun.Create(await azurite.ServerAsync(), ownProcess);
        run.Settings["AzureFunctionsJobHost__extensions__queues__maxDequeueCount"] = "3";
        await run.StartHostAsync("QueueDeclaredCount");
        await run.SendAsync("bad");

        Assert.Equal("bad 1", await run.Line.FailAsync());
        Assert.Equal("bad 2", await run.Line.FailAsync());
        Assert.Equal("bad 3", await run.Line.FailAsync());
        Assert.Equal(["bad"], await StorageRun.TakeAsync(run.Named($"{run.Name}-poison")));
        await StorageRun.UntilAsync(async () => await StorageRun.CountAsync(run.Queue) == 0);
        Assert.True(run.Line.IsSilent);
    }

    [Fact]
    public async Task A_message_that_fails_stays_hidden_for_the_visibility_timeout()
    {
        await using var run = StorageRun.Create(await azurite.ServerAsync(), ownProcess: false);
        run.Settings["AzureFunctionsJobHost__extensions__queues__visibilityTimeout"] = "01:00:00";
        await run.StartHostAsync("QueueText");
        await run.SendAsync("later");
        Assert.Equal("later", await run.Line.FailAsync());
        await run.SendAsync("now");

        Assert.Equal("now", await run.Line.HearAsync());
        await StorageRun.UntilAsync(async () => await StorageRun.CountAsync(run.Queue) == 1);
        Assert.True(run.Line.IsSilent);
    }

    [Fact]
    public async Task A_message_that_is_not_base64_goes_to_the_poison_queue_and_the_next_one_runs()
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: false, "QueueText");
        var plain = new Azure.Storage.Queues.QueueServiceClient((await azurite.ServerAsync()).ConnectionString);
        await plain.GetQueueClient(run.Name).SendMessageAsync("no base64!");
        await run.SendAsync("good");

        Assert.Equal("good", await run.Line.HearAsync());
        Assert.Equal(["no base64!"], await StorageRun.TakeAsync(plain.GetQueueClient($"{run.Name}-poison")));
    }

    [Fact]
    public async Task Plain_text_is_read_where_host_json_says_so()
    {
        await using var run = StorageRun.Create(await azurite.ServerAsync(), ownProcess: false);
        run.Settings["AzureFunctionsJobHost__extensions__queues__messageEncoding"] = "none";
        await run.StartHostAsync("QueueText");
        var plain = new Azure.Storage.Queues.QueueServiceClient((await azurite.ServerAsync()).ConnectionString);
        await plain.GetQueueClient(run.Name).SendMessageAsync("no base64!");

        Assert.Equal("no base64!", await run.Line.HearAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_hundred_messages_run_once_each_and_no_more_at_once_than_configured(bool ownProcess)
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess, "QueueText");
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => run.SendAsync($"{i}")));

        var said = new List<string>();
        var held = new Queue<ProbeLine.Call>();
        while (said.Count < 100)
        {
            // Eight are held all the time: as many as may run when the next batch is fetched.
            var call = await run.Line.CallAsync();
            said.Add(call.Text);
            held.Enqueue(call);
            if (held.Count > 8 || said.Count > 92)
                held.Dequeue().Succeed();
            Assert.InRange(run.Host!.HostServices.Running(), 0, 24);
        }

        while (held.TryDequeue(out var call))
            call.Succeed();
        await StorageRun.UntilAsync(async () => await StorageRun.CountAsync(run.Queue) == 0);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}").Order(), said.Order());
        Assert.True(run.Line.IsSilent);
    }

    [Fact]
    public async Task A_message_stays_hidden_while_it_runs_longer_than_its_lease()
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: false, "QueueText", new StorageTimes { Lease = TimeSpan.FromSeconds(2) });
        await run.SendAsync("long");
        var call = await run.Line.CallAsync();
        await run.StoreTimeAsync(TimeSpan.FromSeconds(5));
        call.Succeed();

        await StorageRun.UntilAsync(async () => await StorageRun.CountAsync(run.Queue) == 0);
        Assert.True(run.Line.IsSilent);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_comes_again_after_its_host_was_killed(bool ownProcess)
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess, "QueueDeclaredCount", new StorageTimes { Lease = TimeSpan.FromSeconds(3) });
        await run.SendAsync("survivor");
        Assert.Equal("survivor 1", (await run.Line.CallAsync()).Text);
        await run.Host!.KillAsync();

        await run.StartHostAsync("QueueDeclaredCount");
        Assert.Equal("survivor 2", await run.Line.HearAsync());
        await StorageRun.UntilAsync(async () => await StorageRun.CountAsync(run.Queue) == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_cancels_what_runs_too_long_and_releases_its_message(bool ownProcess)
    {
        var times = new StorageTimes { Lease = TimeSpan.FromHours(1), DrainGrace = TimeSpan.Zero };
        await using var run = await StorageRun.StartAsync(azurite, ownProcess, "QueueDeclaredCount", times);
        await run.SendAsync("released");
        Assert.Equal("released 1", (await run.Line.CallAsync()).Text);
        await run.Host!.StopAsync();

        await run.StartHostAsync("QueueDeclaredCount");
        Assert.Equal("released 2", await run.Line.HearAsync());
    }

    [Fact]
    public async Task A_stop_lets_what_runs_end_and_deletes_its_message()
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: false, "QueueText", new StorageTimes { DrainGrace = TimeSpan.FromMinutes(1) });
        await run.SendAsync("last");
        var call = await run.Line.CallAsync();
        var stopping = run.Host!.StopAsync();
        call.Succeed();
        await stopping;

        Assert.Equal(0, await StorageRun.CountAsync(run.Queue));
    }

    [Fact]
    public async Task A_function_can_be_run_without_a_message_in_its_queue()
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: false, "QueueMessage");
        using var client = run.Host!.CreateClient();
        using var answer = await client.PostAsJsonAsync("admin/functions/QueueMessage", new { input = "by hand" }, TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal("by hand 1 36 True True", await run.Line.HearAsync());
    }

    [Fact]
    public async Task A_message_whose_worker_died_waits_for_the_next_worker_instead_of_being_tried_in_vain()
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: true, "QueueCrash");
        await run.SendAsync("fatal");

        Assert.Equal("fatal 2", await run.Line.HearAsync());
        await StorageRun.UntilAsync(async () => await StorageRun.CountAsync(run.Queue) == 0);
    }
}
