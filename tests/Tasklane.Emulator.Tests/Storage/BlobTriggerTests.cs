using System.Text;
using System.Text.Json;
using Azure.Storage.Blobs;
using Tasklane.Emulator.Storage;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Storage;

public sealed class BlobTriggerTests(SharedAzurite azurite)
{
    [Theory]
    [InlineData("BlobText", "a.b.txt", "hällo", "a.b|txt|hällo", false)]
    [InlineData("BlobText", "a.b.txt", "hällo", "a.b|txt|hällo", true)]
    [InlineData("BlobBytes", "data", "abc", "616263", false)]
    [InlineData("BlobBytes", "data", "abc", "616263", true)]
    [InlineData("BlobOrder", "1.json", """{"Product":"tea","Count":2}""", "2 tea", false)]
    [InlineData("BlobOrder", "1.json", """{"Product":"tea","Count":2}""", "2 tea", true)]
    [InlineData("BlobStream", "in/x/y", "abc", "x/y CONTAINER/in/x/y abc", false)]
    [InlineData("BlobStream", "in/x/y", "abc", "x/y CONTAINER/in/x/y abc", true)]
    [InlineData("BlobClient", "data", "abc", "data data True abc", false)]
    [InlineData("BlobClient", "data", "abc", "data data True abc", true)]
    [InlineData("BlobEvents", "data", "abc", "data abc", false)]
    [InlineData("BlobEvents", "data", "abc", "data abc", true)]
    public async Task A_new_blob_reaches_every_kind_of_parameter(string function, string blob, string content, string said, bool ownProcess)
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess, function);
        await run.UploadAsync(blob, content);

        Assert.Equal(said.Replace("CONTAINER", run.Name, StringComparison.Ordinal), await run.Line.HearAsync());
    }

    [Fact]
    public async Task Each_version_runs_once_also_after_a_restart()
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: false, "BlobText");
        await run.UploadAsync("a.txt", "one");
        Assert.Equal("a|txt|one", await run.Line.HearAsync());
        await run.UploadAsync("no extension", "nobody's");
        await run.UploadAsync("a.txt", "two");
        Assert.Equal("a|txt|two", await run.Line.HearAsync());

        await run.Host!.StopAsync();
        await run.UploadAsync("b.txt", "three");
        await run.StartHostAsync("BlobText");
        Assert.Equal("b|txt|three", await run.Line.HearAsync());
        await run.UploadAsync("c.txt", "four");
        Assert.Equal("c|txt|four", await run.Line.HearAsync());
        Assert.True(run.Line.IsSilent);
    }

    [Fact]
    public async Task A_container_that_was_full_before_the_start_runs_blob_by_blob()
    {
        await using var run = StorageRun.Create(await azurite.ServerAsync(), ownProcess: false);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => run.UploadAsync($"{i}.txt", "x")));
        await run.StartHostAsync("BlobText");

        var said = new List<string>();
        while (said.Count < 40)
            said.Add(await run.Line.HearAsync());
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"{i}|txt|x").Order(), said.Order());
        Assert.True(run.Line.IsSilent);
    }

    [Fact]
    public async Task A_blob_comes_again_after_its_host_was_killed()
    {
        var times = new StorageTimes { BlobScan = TimeSpan.FromMilliseconds(200), Lease = TimeSpan.FromSeconds(3) };
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: false, "BlobText", times);
        await run.UploadAsync("a.txt", "abc");
        Assert.Equal("a|txt|abc", (await run.Line.CallAsync()).Text);
        await run.Host!.KillAsync();

        await run.StartHostAsync("BlobText");
        Assert.Equal("a|txt|abc", await run.Line.HearAsync());
    }

    [Fact]
    public async Task A_blob_whose_function_keeps_failing_lies_in_the_poison_queue()
    {
        await using var run = StorageRun.Create(await azurite.ServerAsync(), ownProcess: false);
        run.Settings["AzureFunctionsJobHost__extensions__blobs__poisonBlobThreshold"] = "2";
        await run.StartHostAsync("BlobText");
        await run.UploadAsync("a.txt", "bad");
        Assert.Equal("a|txt|bad", await run.Line.FailAsync());
        Assert.Equal("a|txt|bad", await run.Line.FailAsync());

        // Other tests may use this queue too, so nothing is taken from it.
        var poison = run.Named("webjobs-blobtrigger-poison");
        JsonElement message = default;
        await StorageRun.UntilAsync(async () =>
        {
            if (!await poison.ExistsAsync())
                return false;
            var peeked = (await poison.PeekMessagesAsync(32)).Value.Select(peeked => JsonElement.Parse(peeked.Body.ToString()));
            message = peeked.FirstOrDefault(peeked => peeked.GetProperty("ContainerName").GetString() == run.Name);
            return message.ValueKind == JsonValueKind.Object;
        });
        var etag = (await run.Container.GetBlobClient("a.txt").GetPropertiesAsync()).Value.ETag;
        Assert.Equal(
            $$"""{"Type":"BlobTrigger","FunctionId":"Host.Functions.BlobText","BlobType":"BlockBlob","ContainerName":"{{run.Name}}","BlobName":"a.txt","ETag":"\"{{etag.ToString().Trim('"')}}\""}""",
            message.GetRawText());
        Assert.True(run.Line.IsSilent);
    }

    [Fact]
    public async Task An_event_runs_the_function_without_waiting_for_the_scan()
    {
        await using var run = StorageRun.Create(await azurite.ServerAsync(), ownProcess: false, new StorageTimes { BlobScan = TimeSpan.FromHours(1) });
        await run.StartHostAsync("BlobEvents");

        // The scan at the start may find it too; it runs once all the same.
        await run.UploadAsync("folder/a", "abc");
        using var answer = await PostAsync(run, "BlobEvents", "Notification",
            $$"""[{"eventType":"Microsoft.Storage.BlobCreated","subject":"/blobServices/default/containers/{{run.Name}}/blobs/folder/a"}]""");

        Assert.Equal(System.Net.HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal("folder/a abc", await run.Line.HearAsync());
        await run.UploadAsync("folder/a", "new");
        using var again = await PostAsync(run, "BlobEvents", "Notification",
            $$"""{"type":"Microsoft.Storage.BlobCreated","subject":"/blobServices/default/containers/{{run.Name}}/blobs/folder/a"}""");
        using var stranger = await PostAsync(run, "BlobEvents", "Notification",
            """[{"eventType":"Microsoft.Storage.BlobCreated","subject":"/blobServices/default/containers/other/blobs/folder/a"}]""");

        Assert.Equal(System.Net.HttpStatusCode.Accepted, stranger.StatusCode);
        Assert.Equal("folder/a new", await run.Line.HearAsync());
        Assert.True(run.Line.IsSilent);
    }

    [Fact]
    public async Task The_webhook_answers_the_handshake_and_knows_its_functions()
    {
        await using var run = await StorageRun.StartAsync(azurite, ownProcess: false, "BlobEvents");
        const string Handshake = """[{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"c0de"}}]""";

        using var answer = await PostAsync(run, "BlobEvents", "SubscriptionValidation", Handshake);
        Assert.Equal("""{"validationResponse":"c0de"}""", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var unknown = await PostAsync(run, "Nobody", "SubscriptionValidation", Handshake);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, unknown.StatusCode);
        using var client = run.Host!.CreateClient();
        using var question = new HttpRequestMessage(HttpMethod.Options, "runtime/webhooks/blobs?functionName=Host.Functions.BlobEvents");
        question.Headers.Add("WebHook-Request-Origin", "eventgrid.azure.net");
        using var allowed = await client.SendAsync(question, TestContext.Current.CancellationToken);
        Assert.Equal("eventgrid.azure.net", allowed.Headers.GetValues("Webhook-Allowed-Origin").Single());
        using var none = await PostAsync(run, "BlobEvents", null, Handshake);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, none.StatusCode);
    }

    private static async Task<HttpResponseMessage> PostAsync(StorageRun run, string function, string? type, string json)
    {
        using var client = run.Host!.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"runtime/webhooks/blobs?functionName=Host.Functions.{function}")
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        if (type is not null)
            request.Headers.Add("aeg-event-type", type);
        return await client.SendAsync(request);
    }
}
