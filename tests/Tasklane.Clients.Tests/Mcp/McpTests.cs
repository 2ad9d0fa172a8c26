using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Tasklane.Client;
using Tasklane.Clients.Tests.Client;
using Tool = Tasklane.Clients.Tests.Cli.Tool;

namespace Tasklane.Clients.Tests.Mcp;

/// <summary>`tasklane mcp` as an assistant has it: the package's own client, and the real process.</summary>
public sealed class McpServerProcess(AppFixture app) : IAsyncLifetime
{
    private readonly Tool _tool = new(app.Url);
    private McpClient? _client;

    /// <summary>In whose name it was started.</summary>
    public string User => _tool.User;

    public McpClient Client => _client!;

    public async ValueTask InitializeAsync() => _client = await McpClient.CreateAsync(new StdioClientTransport(new StdioClientTransportOptions
    {
        Command = "dotnet",
        Arguments = [Tool.Assembly, "mcp"],
        EnvironmentVariables = _tool.Environment,
    }));

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
            await _client.DisposeAsync();
    }
}

public sealed class McpTests(AppFixture app, McpServerProcess server) : IClassFixture<McpServerProcess>
{
    private McpClient Client => server.Client;

    [Fact]
    public async Task The_tools_say_what_they_take()
    {
        var tools = await Client.ListToolsAsync();

        Assert.Equal(
            ["cancel_task", "create_task", "get_task", "get_task_logs", "list_task_types", "list_tasks", "retry_task", "wait_for_task"],
            tools.Select(tool => tool.Name).Order(StringComparer.Ordinal));
        Assert.All(tools, tool => Assert.NotEmpty(tool.Description));
        var create = tools.Single(tool => tool.Name == "create_task").JsonSchema;
        Assert.Equal(["type", "payload"], create.GetProperty("required").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal("object", create.GetProperty("properties").GetProperty("payload").GetProperty("type").GetString());
        Assert.Contains("List the task types first", Client.ServerInstructions, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_is_created_and_waited_for_with_its_progress()
    {
        var types = await CallAsync("list_task_types");
        var told = new List<ProgressNotificationValue>();
        var created = await CallAsync("create_task", new() { ["type"] = "sleep", ["payload"] = new Sleep(0.6), ["priority"] = "high", ["tags"] = new[] { "mcp" } });
        var id = created.GetProperty("id").GetString()!;

        var ended = Json(await Client.CallToolAsync("wait_for_task", new Dictionary<string, object?> { ["id"] = id }, new Noted(told)));

        Assert.Contains("sleep", types.EnumerateArray().Select(type => type.GetProperty("name").GetString()));
        Assert.Equal("high", created.GetProperty("priority").GetString());
        Assert.Equal("completed", ended.GetProperty("status").GetString());
        Assert.Equal(0.6, ended.GetProperty("result").GetProperty("seconds").GetDouble());
        // The client library hands notifications on at the same time, so their order says nothing.
        Assert.NotEmpty(told);
        Assert.All(told, one => Assert.InRange(one.Progress, 0, 100));
        Assert.Equal(told.Count, told.DistinctBy(one => one.Progress).Count());
        Assert.Equal(id, (await CallAsync("list_tasks", new() { ["tag"] = "mcp", ["status"] = "completed" })).GetProperty("tasks")[0].GetProperty("id").GetString());
        Assert.Contains("Sleeping", (await CallAsync("get_task_logs", new() { ["id"] = id }))[0].GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_ends_before_the_task_when_it_takes_longer_and_the_task_can_be_cancelled_and_retried()
    {
        var id = (await CallAsync("create_task", new() { ["type"] = "sleep", ["payload"] = new Sleep(600) })).GetProperty("id").GetString()!;

        var waited = await CallAsync("wait_for_task", new() { ["id"] = id, ["timeoutSeconds"] = 1 });
        await CallAsync("cancel_task", new() { ["id"] = id });
        var ended = await CallAsync("wait_for_task", new() { ["id"] = id });
        var again = await CallAsync("retry_task", new() { ["id"] = id });

        Assert.Contains(waited.GetProperty("status").GetString(), new[] { "pending", "running" });
        Assert.Equal("cancelled", ended.GetProperty("status").GetString());
        Assert.Equal("pending", again.GetProperty("status").GetString());
        await CallAsync("cancel_task", new() { ["id"] = id });
    }

    [Fact]
    public async Task What_is_refused_says_what_is_wrong_so_that_the_assistant_can_do_better()
    {
        var payload = await RefusedAsync("create_task", new() { ["type"] = "sleep", ["payload"] = new Sleep(-1) });
        var word = await RefusedAsync("list_tasks", new() { ["status"] = "done" });
        var missing = await RefusedAsync("get_task", new() { ["id"] = new string('0', 32) });

        Assert.Contains("/payload/seconds: must be at least 0, not -1", payload, StringComparison.Ordinal);
        Assert.Contains("status is 'done': it takes pending, running, completed, failed, cancelled", word, StringComparison.Ordinal);
        Assert.Contains("task_not_found", missing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_sees_the_tasks_of_the_one_who_started_it_and_nobody_else_s()
    {
        await using var somebody = app.SignIn();
        var task = await somebody.CreateAsync("noop", new { });
        Assert.Contains("task_not_found", await RefusedAsync("get_task", new() { ["id"] = task.Id }), StringComparison.Ordinal);
        await using var starter = new TasklaneClient(app.Url.ToString(), TasklaneCredential.LocalUser(server.User));
        var own = await starter.CreateAsync("noop", new { });
        Assert.Equal(own.Id, (await CallAsync("get_task", new() { ["id"] = own.Id })).GetProperty("id").GetString());
    }

    private async Task<JsonElement> CallAsync(string tool, Dictionary<string, object?>? arguments = null) => Json(await Client.CallToolAsync(tool, arguments));

    private async Task<string> RefusedAsync(string tool, Dictionary<string, object?> arguments)
    {
        var result = await Client.CallToolAsync(tool, arguments);
        Assert.True(result.IsError);
        return Text(result);
    }

    private static JsonElement Json(CallToolResult result)
    {
        Assert.False(result.IsError == true, Text(result));
        return JsonElement.Parse(Text(result));
    }

    private static string Text(CallToolResult result) => Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;

    private sealed class Noted(List<ProgressNotificationValue> told) : IProgress<ProgressNotificationValue>
    {
        public void Report(ProgressNotificationValue value)
        {
            lock (told)
                told.Add(value);
        }
    }
}
