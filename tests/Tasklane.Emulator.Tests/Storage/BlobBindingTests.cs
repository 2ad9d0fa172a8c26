using Azure.Storage.Blobs;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Storage;

public sealed class BlobBindingTests(SharedAzurite azurite)
{
    [Theory]
    [InlineData("BlobReadText", "a.txt", "a.txt: abc", false)]
    [InlineData("BlobReadText", "a.txt", "a.txt: abc", true)]
    [InlineData("BlobReadBytes", "a.txt", "a.txt: 616263", false)]
    [InlineData("BlobReadBytes", "a.txt", "a.txt: 616263", true)]
    [InlineData("BlobReadClient", """{"Product":"a","Count":1}""", "True a.txt abc", false)]
    [InlineData("BlobReadClient", """{"Product":"a","Count":1}""", "True a.txt abc", true)]
    public async Task An_input_reads_the_blob_that_the_message_names(string function, string message, string said, bool ownProcess)
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess, function);
        await run.UploadAsync("a.txt", "abc");
        await run.SendAsync(message);

        Assert.Equal(said, await run.Line.HearAsync());
    }

    [Fact]
    public async Task An_input_can_be_all_blobs_of_a_container()
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: false, "BlobReadAll");
        await run.UploadAsync("a", "1");
        await run.UploadAsync("b", "2");
        await run.SendAsync("all");

        Assert.Equal("all: a,b 1,2", await run.Line.HearAsync());
    }

    [Theory]
    [InlineData("BlobWriteText", "text of tea", false)]
    [InlineData("BlobWriteText", "text of tea", true)]
    [InlineData("BlobWriteBytes", "bytes of tea", false)]
    [InlineData("BlobWriteBytes", "bytes of tea", true)]
    [InlineData("BlobWriteOrder", """{"Product":"tea","Count":3}""", false)]
    [InlineData("BlobWriteOrder", """{"Product":"tea","Count":3}""", true)]
    public async Task An_output_writes_the_blob_that_the_message_names(string function, string written, bool ownProcess)
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess, function);
        await run.SendAsync("tea");

        var blob = run.Container.GetBlobClient("tea.txt");
        await StorageRun.UntilAsync(async () => await run.Container.ExistsAsync() && await blob.ExistsAsync());
        Assert.Equal(written, (await blob.DownloadContentAsync(TestContext.Current.CancellationToken)).Value.Content.ToString());
    }

    [Fact]
    public async Task An_output_replaces_the_blob_that_is_there()
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: false, "BlobWriteText");
        await run.UploadAsync("tea.txt", "old");
        await run.SendAsync("tea");

        var blob = run.Container.GetBlobClient("tea.txt");
        await StorageRun.UntilAsync(async () => (await blob.DownloadContentAsync()).Value.Content.ToString() == "text of tea");
    }
}
