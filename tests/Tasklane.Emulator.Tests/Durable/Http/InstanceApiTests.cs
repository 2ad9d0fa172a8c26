using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable.Http;

public sealed class InstanceApiTests(ManagementApp app) : IClassFixture<ManagementApp>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_answers_202_with_the_addresses_of_the_instance()
    {
        var id = NewId();

        using var response = await app.Http.PostAsJsonAsync($"orchestrators/Double/{id}", 21, Token);

        var links = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(10), response.Headers.RetryAfter!.Delta);
        Assert.Equal(id, links.GetProperty("id").GetString());
        Assert.Equal(response.Headers.Location!.ToString(), links.GetProperty("statusQueryGetUri").GetString());
        Assert.EndsWith($"/instances/{id}/terminate?reason={{text}}", links.GetProperty("terminatePostUri").GetString(), StringComparison.Ordinal);
        Assert.EndsWith($"/instances/{id}/raiseEvent/{{eventName}}", links.GetProperty("sendEventPostUri").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_with_a_timeout_answers_the_output()
    {
        using var response = await app.Http.PostAsJsonAsync("orchestrators/Double?timeout=30&pollingInterval=1", 21, Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("42", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Start_that_does_not_end_in_time_answers_the_addresses()
    {
        using var response = await app.Http.PostAsync("orchestrators/WaitForGo?timeout=0.05&pollingInterval=0.05", null, Token);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    [Theory]
    [InlineData("orchestrators/Nothing", "1")]
    [InlineData("orchestrators/Double", "{")]
    [InlineData("orchestrators/Double/@id", "1")]
    public async Task Start_of_what_cannot_be_started_is_400(string path, string body) =>
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(path, body));

    [Fact]
    public async Task Start_of_an_active_id_is_409()
    {
        var id = await app.StartWaitingAsync();

        Assert.Equal(HttpStatusCode.Conflict, await PostAsync($"orchestrators/WaitForGo/{id}"));
    }

    [Fact]
    public async Task Status_of_an_open_instance_is_202_and_says_when_to_ask_again()
    {
        var id = await app.StartWaitingAsync(input: new { Text = "in" });

        using var response = await app.Http.GetAsync($"instances/{id}", Token);

        var body = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter!.Delta);
        Assert.EndsWith($"/instances/{id}", response.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal("WaitForGo", body.GetProperty("name").GetString());
        Assert.Equal("Running", body.GetProperty("runtimeStatus").GetString());
        Assert.Equal("in", body.GetProperty("input").GetProperty("Text").GetString());
        Assert.True(body.GetProperty("customStatus").GetProperty("Waiting").GetBoolean());
        Assert.Equal(JsonValueKind.Null, body.GetProperty("output").ValueKind);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", body.GetProperty("createdTime").GetString());
        Assert.False(body.TryGetProperty("historyEvents", out _));
    }

    [Fact]
    public async Task Status_of_an_ended_instance_is_200_with_its_output()
    {
        var id = await app.RunAsync("Double", 4);

        var body = await GetAsync($"instances/{id}?showInput=false");

        Assert.Equal("Completed", body.GetProperty("runtimeStatus").GetString());
        Assert.Equal(8, body.GetProperty("output").GetInt32());
        Assert.Equal(JsonValueKind.Null, body.GetProperty("input").ValueKind);
    }

    [Fact]
    public async Task History_shows_results_with_what_they_are_of()
    {
        var id = await app.RunAsync("Double", 4);

        var events = (await GetAsync($"instances/{id}?showHistory=true&showHistoryOutput=true"))
            .GetProperty("historyEvents").EnumerateArray().ToArray();

        Assert.Equal(["ExecutionStarted", "TaskCompleted", "ExecutionCompleted"], events.Select(item => item.GetProperty("EventType").GetString()));
        Assert.Equal("Double", events[0].GetProperty("FunctionName").GetString());
        Assert.Equal("Twice", events[1].GetProperty("FunctionName").GetString());
        Assert.True(events[1].GetProperty("ScheduledTime").GetDateTime() <= events[1].GetProperty("Timestamp").GetDateTime());
        Assert.Equal(8, events[1].GetProperty("Result").GetInt32());
        Assert.Equal("Completed", events[2].GetProperty("OrchestrationStatus").GetString());
    }

    [Fact]
    public async Task History_hides_results_unless_asked()
    {
        var id = await app.RunAsync("Double", 4);

        var events = (await GetAsync($"instances/{id}?showHistory=true")).GetProperty("historyEvents").EnumerateArray();

        Assert.All(events, item => Assert.False(item.TryGetProperty("Result", out _)));
    }

    [Theory]
    [InlineData("", HttpStatusCode.OK)]
    [InlineData("?returnInternalServerErrorOnFailure=true", HttpStatusCode.InternalServerError)]
    public async Task Status_of_a_failed_instance_is_500_only_when_asked(string query, HttpStatusCode expected)
    {
        var id = await app.RunAsync("Fail");

        using var response = await app.Http.GetAsync($"instances/{id}{query}", Token);

        var body = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("Failed", body.GetProperty("runtimeStatus").GetString());
        Assert.Contains("It went wrong.", body.GetProperty("output").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "instances/nobody")]
    [InlineData("DELETE", "instances/nobody")]
    [InlineData("POST", "instances/nobody/terminate?reason=x")]
    [InlineData("POST", "instances/nobody/suspend?reason=x")]
    [InlineData("POST", "instances/nobody/resume?reason=x")]
    [InlineData("POST", "instances/nobody/raiseEvent/go")]
    public async Task Unknown_instance_is_404(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await app.Http.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("terminate?reason=x")]
    [InlineData("suspend?reason=x")]
    [InlineData("resume?reason=x")]
    [InlineData("raiseEvent/go")]
    public async Task Ended_instance_is_410(string operation)
    {
        var id = await app.RunAsync("Double", 1);

        Assert.Equal(HttpStatusCode.Gone, await PostAsync($"instances/{id}/{operation}", "1"));
    }

    [Fact]
    public async Task Event_reaches_the_orchestration_with_its_payload()
    {
        var id = await app.StartWaitingAsync();

        Assert.Equal(HttpStatusCode.Accepted, await PostAsync($"instances/{id}/raiseEvent/GO", "\"now\""));

        var ended = await app.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token);
        Assert.Equal("now", ended.ReadOutputAs<string>());
    }

    [Theory]
    [InlineData("text/plain", "\"now\"")]
    [InlineData("application/json", "{")]
    public async Task Event_without_json_is_400(string mediaType, string body)
    {
        var id = await app.StartWaitingAsync();

        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync($"instances/{id}/raiseEvent/go", body, mediaType));
    }

    [Fact]
    public async Task Terminated_instance_has_the_reason_as_its_output()
    {
        var id = await app.StartWaitingAsync();

        Assert.Equal(HttpStatusCode.Accepted, await PostAsync($"instances/{id}/terminate?reason=enough"));

        await app.Client.WaitForInstanceCompletionAsync(id, Token);
        var body = await GetAsync($"instances/{id}");
        Assert.Equal("Terminated", body.GetProperty("runtimeStatus").GetString());
        Assert.Equal("enough", body.GetProperty("output").GetString());
    }

    [Fact]
    public async Task Suspended_instance_waits_until_it_is_resumed()
    {
        var id = await app.StartWaitingAsync();

        Assert.Equal(HttpStatusCode.Accepted, await PostAsync($"instances/{id}/suspend?reason=wait"));
        Assert.Equal("Suspended", (await GetAsync($"instances/{id}")).GetProperty("runtimeStatus").GetString());
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync($"instances/{id}/raiseEvent/go", "\"later\""));
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync($"instances/{id}/resume?reason=on"));

        var ended = await app.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token);
        Assert.Equal("later", ended.ReadOutputAs<string>());
    }

    [Theory]
    [InlineData("true", false)]
    [InlineData("false", true)]
    public async Task Restart_runs_the_same_input_again(string newId, bool sameId)
    {
        var id = await app.RunAsync("Double", 6);

        using var response = await app.Http.PostAsync($"instances/{id}/restart?restartWithNewInstanceId={newId}", null, Token);

        var started = (await response.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("id").GetString()!;
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(sameId, started == id);
        var ended = await app.Client.WaitForInstanceCompletionAsync(started, getInputsAndOutputs: true, Token);
        Assert.Equal(12, ended.ReadOutputAs<int>());
    }

    [Fact]
    public async Task Restart_of_an_unknown_instance_is_400() =>
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync("instances/nobody/restart"));

    [Fact]
    public async Task A_failed_instance_is_rewound()
    {
        var id = await app.RunAsync("FailFirst");

        Assert.Equal(HttpStatusCode.Accepted, await PostAsync($"instances/{id}/rewind?reason=again"));

        var ended = await app.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token);
        Assert.Equal(2, ended.ReadOutputAs<int>());
    }

    [Fact]
    public async Task Rewind_of_what_has_not_failed_is_412_and_of_an_unknown_instance_404()
    {
        var id = await app.RunAsync("Double", 1);

        Assert.Equal(HttpStatusCode.PreconditionFailed, await PostAsync($"instances/{id}/rewind?reason=x"));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync("instances/nobody/rewind?reason=x"));
    }

    [Theory]
    [InlineData("GET", "instances/a%23b")]
    [InlineData("GET", "instances/a%3Fb")]
    [InlineData("GET", "instances/a%5Cb")]
    [InlineData("POST", "orchestrators/Double/a%23b")]
    [InlineData("POST", "instances/a%23b/terminate?reason=x")]
    [InlineData("POST", "instances/@a@b/suspend?reason=x")]
    [InlineData("POST", "entities/DurableCounter/k")]
    public async Task What_cannot_be_is_refused_with_a_sentence(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "POST")
            request.Content = new StringContent("1", Encoding.UTF8, "application/json");
        using var response = await app.Http.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.NotEmpty(body.GetProperty("Message").GetString()!);
    }

    [Fact]
    public async Task A_body_that_is_not_chunked_as_it_says_is_refused()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, app.Http.BaseAddress!.Port, Token);
        var stream = socket.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /runtime/webhooks/durabletask/orchestrators/Double HTTP/1.1\r\nHost: localhost:{app.Http.BaseAddress.Port}\r\n"
                + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nrubbish\r\n"),
            Token);
        using var reader = new StreamReader(stream);

        Assert.StartsWith("HTTP/1.1 400", await reader.ReadLineAsync(Token), StringComparison.Ordinal);
    }

    private static string NewId() => Guid.NewGuid().ToString("N");

    private Task<JsonElement> GetAsync(string path) => app.Http.GetFromJsonAsync<JsonElement>(path, Token);

    private async Task<HttpStatusCode> PostAsync(string path, string? body = null, string mediaType = "application/json")
    {
        using var content = body is null ? null : new StringContent(body, Encoding.UTF8, mediaType);
        using var response = await app.Http.PostAsync(path, content, Token);
        return response.StatusCode;
    }
}
