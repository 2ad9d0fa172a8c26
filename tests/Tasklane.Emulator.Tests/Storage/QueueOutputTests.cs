using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Storage;

public sealed class QueueOutputTests(SharedAzurite azurite)
{
    [Theory]
    [InlineData("QueueCopy", "tea", "copy of tea", false)]
    [InlineData("QueueCopy", "tea", "copy of tea", true)]
    [InlineData("QueueSplit", "a b c", "a|b|c", false)]
    [InlineData("QueueSplit", "a b c", "a|b|c", true)]
    [InlineData("QueueBytesOut", "tea", "tea", false)]
    [InlineData("QueueBytesOut", "tea", "tea", true)]
    [InlineData("QueueSeveral", "tea", """{"Product":"tea","Count":1}|{"Product":"tea","Count":2}""", false)]
    [InlineData("QueueSeveral", "tea", """{"Product":"tea","Count":1}|{"Product":"tea","Count":2}""", true)]
    public async Task What_a_function_returns_becomes_messages(string function, string message, string written, bool ownProcess)
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess, function);
        await run.SendAsync(message);

        var expected = written.Split('|');
        Assert.Equal(expected, await StorageRun.TakeAsync(run.Output, expected.Length));
    }

    [Fact]
    public async Task Nothing_is_written_for_null()
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: false, "QueueNothing");
        await run.SendAsync("nothing");
        await StorageRun.UntilAsync(async () => await StorageRun.CountAsync(run.Queue) == 0);
        await run.SendAsync("something");

        Assert.Equal(["something"], await StorageRun.TakeAsync(run.Output));
        Assert.Equal(0, await StorageRun.CountAsync(run.Output));
    }

    [Fact]
    public async Task The_queues_name_can_come_from_the_message()
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: false, "QueueRouted");
        await run.SendAsync("""{"Product":"coffee","Count":1}""");

        Assert.Equal(["""{"Product":"coffee","Count":2}"""], await StorageRun.TakeAsync(run.Named($"{run.Name}-coffee")));
    }

    [Fact]
    public async Task An_output_wakes_the_trigger_of_its_queue_at_once()
    {
        await using var run = StorageRun.Create(await azurite.ServerAsync(), ownProcess: false);

        // The one reads the queue that the other writes to; by looking alone the last message would take up to an hour.
        run.Settings["AzureFunctionsJobHost__extensions__queues__maxPollingInterval"] = "01:00:00";
        await run.StartHostAsync("QueueCopy", "QueueCopied");
        await run.SendAsync("tea");

        Assert.Equal("copied: copy of tea", await run.Line.HearAsync());
    }
}
