using System.Net;
using Tasklane.Emulator.Tests.Storage;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Inspector;

/// <summary>The app's queues on the page.</summary>
public sealed class QueueSectionTests(SharedAzurite azurite)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Queues_that_functions_read_and_write_are_listed_with_what_waits_in_them()
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: false, "QueueCopy");
        using var http = run.Host!.CreateClient();
        await StorageRun.UntilAsync(async () => await run.Queue.ExistsAsync());
        var rows = await http.RowsAsync("queues");
        Assert.Equal([$"AzureWebJobsStorage/{run.Name}", $"AzureWebJobsStorage/{run.Name}-out"], rows.Select(row => row.Id()));
        Assert.Equal(("empty", "0", null, "QueueCopy", ""), (rows[0].Cell(0), rows[0].Cell(2), rows[0].Cell(3), rows[0].Cell(4), rows[0].Cell(5)));
        Assert.Equal(("not there", null, "", "QueueCopy"), (rows[1].Cell(0), rows[1].Cell(2), rows[1].Cell(4), rows[1].Cell(5)));

        var id = rows[1].Id();
        Assert.Equal("The message is in the queue.", await http.DoAsync("queues", rows[0].Id(), "put", "tea"));
        Assert.Equal("The message is in the queue.", await http.DoAsync("queues", id, "put", """{"a":"é"}"""));
        await StorageRun.UntilAsync(async () => await run.Output.ExistsAsync() && await StorageRun.CountAsync(run.Output) == 2);
        Assert.Equal(("waiting", "2"), (Assert.Single(await http.RowsAsync("queues", "?search=-out")).Cell(0), (await http.ItemAsync("queues", id)).Field("Messages")));
        var next = (await http.ItemAsync("queues", id)).Moments("Next messages");
        Assert.Equal(["copy of tea", """{"a":"é"}"""], next.Select(message => message.GetProperty("text").GetString()).Order());
        Assert.All(next, message => Assert.Equal("Not fetched yet", message.GetProperty("title").GetString()));

        Assert.Equal("The messages have been deleted.", await http.DoAsync("queues", id, "purge"));
        Assert.Equal(0, await StorageRun.CountAsync(run.Output));
        Assert.Equal(["put"], (await http.ItemAsync("queues", id)).Actions());
    }

    [Fact]
    public async Task Poison_messages_are_shown_with_their_tries_moved_back_and_deleted()
    {
        await using var run = StorageRun.Create(await azurite.ServerAsync(), ownProcess: false);
        run.Settings["AzureFunctionsJobHost__extensions__queues__maxDequeueCount"] = "1";
        await run.StartHostAsync("QueueText");
        using var http = run.Host!.CreateClient();
        var id = $"AzureWebJobsStorage/{run.Name}";
        var poison = run.Named($"{run.Name}-poison");
        await http.DoAsync("queues", id, "put", "one");
        await http.DoAsync("queues", id, "put", "two");
        Assert.Equal(["one", "two"], new[] { await run.Line.FailAsync(), await run.Line.FailAsync() }.Order());
        await StorageRun.UntilAsync(async () => await poison.ExistsAsync() && await StorageRun.CountAsync(poison) == 2);

        Assert.Equal(("poison", "2"), (Assert.Single(await http.RowsAsync("queues")).Cell(0), Assert.Single(await http.RowsAsync("queues")).Cell(3)));
        var item = await http.ItemAsync("queues", id);
        Assert.Equal(["put", "move-back", "purge-poison"], item.Actions());
        Assert.Equal(("2", "1"), (item.Field("Poison messages"), item.Field("Tries before a message is poison")));
        Assert.Equal(["one", "two"], item.Moments("Poison messages").Select(message => message.GetProperty("text").GetString()).Order());

        Assert.All(item.Moments("Poison messages"), message => Assert.Equal("Failed too often", message.GetProperty("title").GetString()));
        Assert.Equal("2 messages have been moved back.", await http.DoAsync("queues", id, "move-back"));
        Assert.Equal(["one", "two"], new[] { await run.Line.HearAsync(), await run.Line.FailAsync() }.Order());
        await StorageRun.UntilAsync(async () => await StorageRun.CountAsync(poison) == 1);
        Assert.Equal("The poison messages have been deleted.", await http.DoAsync("queues", id, "purge-poison"));
        Assert.Equal(0, await StorageRun.CountAsync(poison));
        Assert.Equal("0 messages have been moved back.", await http.DoAsync("queues", id, "move-back"));
    }

    [Fact]
    public async Task What_is_not_there_and_what_cannot_be_done_is_a_sentence()
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: false, "QueueCopy");
        using var http = run.Host!.CreateClient();
        var id = $"AzureWebJobsStorage/{run.Name}-out";
        Assert.Equal("The queue is not there.", await http.FailAsync("queues", id, "purge"));
        Assert.Equal($"The queue '{run.Name}-out' cannot 'burn'.", await http.FailAsync("queues", id, "burn"));
        Assert.Equal("The app has no queue 'AzureWebJobsStorage/other'.", await http.FailAsync("queues", "AzureWebJobsStorage/other", "put"));
        foreach (var unknown in (string[])["other", "/other", "AzureWebJobsStorage/other"])
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/_emulator/api/queues/item?id={Uri.EscapeDataString(unknown)}", Token)).StatusCode);
    }

    [Fact]
    public async Task A_queue_whose_name_comes_from_a_message_is_listed_once_it_was_written_to()
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: false, "QueueRouted");
        using var http = run.Host!.CreateClient();
        Assert.Single(await http.RowsAsync("queues"));
        await run.SendAsync("""{"Product":"coffee","Count":1}""");
        await StorageRun.UntilAsync(async () => (await http.RowsAsync("queues", "?search=coffee")).Length == 1);
    }

    [Fact]
    public async Task A_store_that_is_away_is_said_in_the_row()
    {
        await using var own = await AzuriteServer.StartAsync(Token);
        await using var run = StorageRun.Create(own, ownProcess: false);
        await run.StartHostAsync("QueueText");
        using var http = run.Host!.CreateClient();
        await own.KillAsync();

        var row = Assert.Single(await http.RowsAsync("queues"));
        Assert.Equal(("no answer", null), (row.Cell(0), row.Cell(2)));
        var item = await http.ItemAsync("queues", row.Id());
        Assert.StartsWith("The storage account of 'AzureWebJobsStorage' does not answer", item.Field("Trouble"), StringComparison.Ordinal);
        Assert.StartsWith("The storage account does not answer as it should", await http.FailAsync("queues", row.Id(), "put", "x"), StringComparison.Ordinal);
    }
}
