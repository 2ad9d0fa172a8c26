using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

/// <summary>The API's document is valid, has every route, and says what the API answers.</summary>
public sealed class OpenApiTests(AppFixture app) : AppTests(app)
{
    [Fact]
    public async Task The_document_is_read_by_a_library_without_a_complaint()
    {
        var text = await Anonymous().GetStringAsync("/api/openapi.json");

        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var read = await OpenApiDocument.LoadAsync(stream, "json", new OpenApiReaderSettings(), TestContext.Current.CancellationToken);

        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, read.Diagnostic.SpecificationVersion);
        var operations = read.Document!.Paths.SelectMany(path => path.Value.Operations!.Values).ToList();
        Assert.Equal(operations.Count, operations.Select(operation => operation.OperationId).Distinct().Count());
    }

    [Fact]
    public async Task Every_operation_that_is_described_is_there()
    {
        var document = await Anonymous().GetJsonAsync("/api/openapi.json");
        using var stream = typeof(Tasks.TaskRecord).Assembly.GetManifestResourceStream("Tasklane.Tasks.Http.OpenApi.openapi.json")!;
        var said = (await JsonNode.ParseAsync(stream))!["operations"]!.AsObject().Select(operation => operation.Key);

        var served = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject())
            .Where(method => method.Key is not ("head" or "options")).Select(method => method.Value!.Text("operationId"));

        Assert.Equal(said.Select(name => char.ToLowerInvariant(name[0]) + name[1..]).Order(StringComparer.Ordinal), served.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Examples_are_what_the_API_takes()
    {
        var admin = await SignInAsync("admin");
        var document = await admin.GetJsonAsync("/api/openapi.json");

        foreach (var (shape, path) in ((string, string)[])
        [
            ("NewTask", "/api/tasks"), ("BulkRequest", "/api/tasks/bulk"), ("NewSchedule", "/api/schedules"), ("NewLines", "/api/logs"),
            ("NewAdminTask", "/api/admin/tasks"), ("NewQueueTask", "/api/v1/queue/tasks"),
        ])
        {
            foreach (var example in document["components"]!["schemas"]![shape]!["examples"]!.AsArray())
            {
                AssertValid(document, shape, example!);
                var answer = await admin.PostAsync(path, new StringContent(example!.ToJsonString(), null, "application/json"));
                Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync()}");
            }
        }
    }

    [Fact]
    public async Task Answers_are_as_the_document_says()
    {
        var ada = await SignInAsync("admin");
        var document = await ada.GetJsonAsync("/api/openapi.json");
        var id = (await ada.CreateAsync("sleep", new { seconds = 0.01, failTimes = 1 }, new { maxRetries = 0, tags = new[] { "a" } })).Id();
        await ada.EndAsync(id);
        var logs = await ada.PostAsJsonAsync("/api/logs", new[] { "one" });
        var schedule = await ada.PostAsJsonAsync("/api/schedules", new { cron = "0 0 1 1 *", task = new { type = "noop", payload = new { } } });
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => AssertValid(document, "Task", new JsonObject { ["id"] = id }));
        AssertValid(document, "StoredLines", await logs.JsonAsync());
        AssertValid(document, "Schedule", await schedule.JsonAsync());
        AssertValid(document, "BulkAnswer", await (await ada.PostAsJsonAsync("/api/tasks/bulk", new { action = "cancel", ids = new[] { id } })).JsonAsync());
        AssertValid(document, "BulkAnswer", await (await ada.PostAsJsonAsync("/api/tasks/bulk", new { action = "cancel", filter = new { owner = "me" }, dryRun = true })).JsonAsync());
        AssertValid(document, "Connection", await (await ada.PostAsync("/api/negotiate", null)).JsonAsync());
        AssertValid(document, "Problem", await (await ada.PostAsJsonAsync("/api/tasks", new { type = "sleep", payload = new { } })).ProblemAsync(HttpStatusCode.BadRequest, "payload_invalid"));

        foreach (var (path, shape) in ((string, string)[])
        [
            ("/api/tasks", "TaskPage"), ($"/api/tasks/{id}", "Task"), ($"/api/tasks/{id}/logs", "LogPage"), ($"/api/tasks/{id}/events", "EventList"),
            ("/api/tasks/types", "TypeList"), ("/api/schedules", "SchedulePage"), ("/api/schedules/preview?cron=0+0+*+*+*", "Ticks"),
            ("/api/v1/queue/stats", "QueueStats"), ("/api/v1/queue/stats/history", "QueueHistory"), ("/api/v1/queue/tasks", "QueueTaskPage"),
            ($"/api/v1/queue/tasks/{id}", "QueueTask"), ("/api/admin/tasks", "AdminTaskPage"), ($"/api/admin/tasks/{id}", "AdminTask"),
            ($"/api/admin/tasks/{id}/logs", "AdminLogPage"), ("/api/live/pass", "Pass"), ("/api/health", "Health"), ("/api/health/live", "Health"),
        ])
        {
            AssertValid(document, shape, await ada.GetJsonAsync(path));
        }
    }

    private static void AssertValid(JsonNode document, string shape, JsonNode value)
    {
        var schemas = new JsonObject { ["$ref"] = $"#/$defs/{shape}", ["$defs"] = document["components"]!["schemas"]!.DeepClone() };
        var schema = JsonSchema.FromText(schemas.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal));
        var result = schema.Evaluate(JsonSerializer.SerializeToElement(value), new EvaluationOptions { OutputFormat = OutputFormat.List });
        Assert.True(result.IsValid, $"{shape}: {value}\n{JsonSerializer.Serialize(result.Details?.Where(detail => detail.Errors is { Count: > 0 }).Take(5))}");
    }
}
