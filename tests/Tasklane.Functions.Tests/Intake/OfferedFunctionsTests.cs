using System.Net;
using System.Text.Json.Nodes;
using Tasklane.Functions.Tests.Http;

namespace Tasklane.Functions.Tests.Intake;

public sealed class OfferedFunctionsTests(AppFixture app) : AppTests(app)
{
    [Fact]
    public async Task Triggers_that_are_off_are_not_offered_so_that_an_app_needs_no_storage()
    {
        using var client = Host.CreateClient();
        var names = await NamesAsync(client);
        Assert.Contains("Events", names.Keys);
        Assert.DoesNotContain(names.Keys, name => name is "TaskFromQueue" or "TaskFromBlob" or "ReadTaskStream");
    }

    [Theory]
    [InlineData("queue", "AzureWebJobsStorage")]
    [InlineData("stream", "APP_ENABLE_REDIS_QUEUE=true")]
    public async Task A_box_of_an_intake_that_is_off_is_empty_and_says_what_it_needs(string box, string setting)
    {
        var admin = await SignInAsync("admin");
        Assert.Empty((await admin.GetJsonAsync($"/api/admin/poison/{box}"))["messages"]!.AsArray());
        var problem = await (await admin.PostAsync($"/api/admin/poison/{box}/requeue", null)).ProblemAsync(HttpStatusCode.Conflict, "intake_off");
        Assert.Contains(setting, problem.Text("detail"), StringComparison.Ordinal);
    }

    internal static async Task<Dictionary<string, JsonNode>> NamesAsync(HttpClient client) =>
        (await client.GetJsonAsync("/admin/functions")).AsArray().ToDictionary(one => one!.Text("name"), one => one!);
}

public sealed class OfferedTriggersTests(SharedIntake intake)
{
    [Fact]
    public async Task Triggers_that_are_on_have_the_account_and_the_source_that_the_settings_name()
    {
        using var client = (await intake.AppAsync()).Host.CreateClient();
        var names = await OfferedFunctionsTests.NamesAsync(client);
        var (queue, blob) = (Trigger(names["TaskFromQueue"]), Trigger(names["TaskFromBlob"]));
        Assert.Equal(("tasklane-tasks", "AzureWebJobsStorage"), (queue.Text("queueName"), queue.Text("connection")));
        Assert.Equal(("AzureWebJobsStorage", "LogsAndContainerScan"), (blob.Text("connection"), blob.Text("source")));
        Assert.Contains("ReadTaskStream", names.Keys);
    }

    private static JsonNode Trigger(JsonNode function) => function["config"]!["bindings"]!.AsArray()
        .Single(binding => binding!.Text("type").EndsWith("Trigger", StringComparison.OrdinalIgnoreCase))!;
}
