using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Tasklane.Functions.Tests.Http;

namespace Tasklane.Functions.Tests.Intake;

public sealed class BlobIntakeTests(SharedIntake intake)
{
    [Fact]
    public async Task A_blob_becomes_a_task_of_its_folders_type_once_per_version()
    {
        var app = await intake.AppAsync();
        var name = $"probe_blob/2026/{IntakeApp.NewTag()}.csv";
        await app.Imports.CreateIfNotExistsAsync();

        await app.Imports.GetBlobClient(name).UploadAsync(BinaryData.FromString("a\nb\nc\n"));

        var first = Assert.Single(await CompletedAsync(app, name, 1));
        Assert.Equal("blob", first.Text("source"));
        Assert.Equal(3, first["result"]!["lines"]!.GetValue<int>());
        Assert.Equal(6, first["payload"]!["source"]!["length"]!.GetValue<int>());

        await app.Imports.GetBlobClient(name).UploadAsync(BinaryData.FromString("a\n"), overwrite: true);

        var both = await CompletedAsync(app, name, 2);
        Assert.Equal([1, 3], both.Select(task => task["result"]!["lines"]!.GetValue<int>()).Order());
    }

    [Theory]
    [InlineData("noop", "takes_no_blob")]
    [InlineData("no_such", "unknown_task_type")]
    public async Task A_blob_that_its_folders_type_cannot_take_is_poison(string type, string code)
    {
        var (app, tag) = (await intake.AppAsync(), IntakeApp.NewTag());
        await app.Imports.CreateIfNotExistsAsync();

        await app.Imports.GetBlobClient($"{type}/{tag}").UploadAsync(BinaryData.FromString("x"));

        var poison = await app.PoisonAsync("queue", tag);
        Assert.Equal(("blob", code), (poison.Text("source"), poison.Text("code")));
        await app.Admin.DeleteAsync($"/api/admin/poison/queue/{poison.Id()}");
    }

    [Fact]
    public async Task Nobody_has_a_blob_read_that_somebody_else_dropped()
    {
        var app = await intake.AppAsync();
        var bob = await app.SignInAsync("bob");
        var answer = await bob.PostAsJsonAsync("/api/tasks", new
        {
            type = "probe_blob",
            payload = new { source = new { container = "imports", name = "probe_blob/secret.csv", etag = "\"0x1\"", length = 1 } },
        });
        await answer.ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
    }

    private static Task<IReadOnlyList<JsonNode>> CompletedAsync(IntakeApp app, string name, int count) => IntakeApp.UntilAsync(
        async Task<IReadOnlyList<JsonNode>> () => [.. (await app.Admin.GetJsonAsync("/api/tasks?owner=intake&type=probe_blob&status=completed&pageSize=100"))["tasks"]!
            .AsArray().Select(task => task!).Where(task => task["result"]!.Text("name") == name)],
        tasks => tasks.Count >= count);
}
