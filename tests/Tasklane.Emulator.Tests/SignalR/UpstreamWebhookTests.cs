using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.SignalR;
using Tasklane.Emulator.Testing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Emulator.Tests.SignalR;

/// <summary>A SignalR service elsewhere calls the app over HTTP, as the real one does.</summary>
public sealed class UpstreamWebhookTests : IAsyncLifetime
{
    private FunctionsTestHost _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = await FunctionsTestHost.StartAsync<Probe.Program>(
            options =>
            {
                options.Functions = ["greet", "part", "repeat", "count", "raw", "refuse"];
                options.AppDirectory = BuiltApps.Output("tests/Apps/Probe");
            },
            Ct);
        _http = _app.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task An_invocation_is_answered_with_a_completion()
    {
        var (status, body) = await CallAsync("messages", "Repeat", Invocation("repeat", """["ha",2,{"text":"!","when":9}]""", "7"));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("""{"type":3,"invocationId":"7","result":{"Text":"ann: haha !","when":9}}""" + '\u001e', body);
    }

    [Fact]
    public async Task A_function_learns_what_the_headers_say_in_the_shape_of_the_real_extension()
    {
        var (_, body) = await CallAsync("messages", "raw", Invocation("raw", """["x"]""", "1"), request =>
        {
            request.Headers.Add("X-ASRS-User-Claims", "role: admin, role: author, name: Ann, empty");
            request.Headers.Add("X-ASRS-Client-Query", "?from=here&hub=chat");
        });

        var context = JsonElement.Parse(JsonElement.Parse(body.TrimEnd('\u001e')).GetProperty("result").GetString()!);
        Assert.Equal(
            ["Arguments", "Error", "Category", "Event", "Hub", "ConnectionId", "UserId", "Headers", "Query", "Claims"],
            context.EnumerateObject().Select(property => property.Name));
        Assert.Equal("""["x"]""", context.GetProperty("Arguments").GetRawText());
        Assert.Equal(JsonValueKind.Null, context.GetProperty("Error").ValueKind);
        Assert.Equal("messages", context.GetProperty("Category").GetString());
        Assert.Equal(("chat", "c1", "ann"), (Text(context, "Hub"), Text(context, "ConnectionId"), Text(context, "UserId")));
        Assert.Equal("c1", Text(context.GetProperty("Headers"), "X-ASRS-Connection-Id"));
        Assert.Equal("here", Text(context.GetProperty("Query"), "from"));
        Assert.Equal("""{"role":["admin","author"],"name":"Ann"}""", context.GetProperty("Claims").GetRawText());
    }

    [Fact]
    public async Task A_failure_is_an_answer_to_who_waits_for_one()
    {
        var waiting = await CallAsync("messages", "refuse", Invocation("refuse", "[]", "1"));
        var silent = await CallAsync("messages", "refuse", Invocation("refuse", "[]", null));
        var arguments = await CallAsync("messages", "repeat", Invocation("repeat", "[1]", "1"));

        Assert.Equal(HttpStatusCode.OK, waiting.Status);
        Assert.Contains("Not today.", waiting.Body, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, ""), silent);
        Assert.Contains("The function accept 3 arguments but message provided 1.", arguments.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_that_come_and_go_run_their_functions()
    {
        Assert.Equal(HttpStatusCode.OK, (await CallAsync("connections", "connected", """{"type":10}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await CallAsync("connections", "disconnected", """{"type":11,"error":"gone"}""")).Status);

        var ran = _app.HostServices.GetRequiredService<Worker.Functions.InvocationJournal>().Ended.Select(entry => entry.Function);
        Assert.Equal(["part", "greet"], ran);
    }

    [Fact]
    public async Task Only_who_has_the_key_is_heard()
    {
        var key = _app.HostServices.GetRequiredService<ServiceKey>();
        var own = UpstreamWebhook.SignatureOf("c1", key);
        foreach (var (signature, expected) in new (string?, HttpStatusCode)[]
        {
            (own, HttpStatusCode.OK),
            ($"sha256=00ff, {own.ToUpperInvariant()}", HttpStatusCode.OK),
            (null, HttpStatusCode.Unauthorized),
            ("", HttpStatusCode.Unauthorized),
            (own[7..], HttpStatusCode.Unauthorized),
            (UpstreamWebhook.SignatureOf("c2", key), HttpStatusCode.Unauthorized),
            (UpstreamWebhook.SignatureOf("c1", ServiceHost.Key), HttpStatusCode.Unauthorized),
        })
        {
            Assert.Equal(expected, (await CallAsync("messages", "count", Invocation("count", "[]", "1"), Sign(signature))).Status);
        }

        Assert.Equal(2, _app.HostServices.GetRequiredService<Worker.Functions.InvocationJournal>().Ended.Count());
    }

    [Fact]
    public async Task A_page_of_another_site_is_refused_whatever_it_has_signed()
    {
        var (status, _) = await CallAsync(
            "messages", "count", Invocation("count", "[]", "1"), request => request.Headers.Add("Origin", "https://evil.example"));

        Assert.Equal(HttpStatusCode.Forbidden, status);
    }

    [Fact]
    public async Task What_is_no_call_of_the_service_is_refused()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await CallAsync("messages", "absent", Invocation("absent", "[]", "1"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await CallAsync("rubbish", "count", Invocation("count", "[]", "1"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await CallAsync("messages", "count", Invocation("other", "[]", "1"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await CallAsync("messages", "count", "rubbish")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await CallAsync("messages", "count", "null")).Status);
        Assert.Equal(
            HttpStatusCode.UnsupportedMediaType,
            (await CallAsync("messages", "count", "x", request =>
                request.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/x-msgpack"))).Status);
        Assert.Empty(_app.HostServices.GetRequiredService<Worker.Functions.InvocationJournal>().Ended);
    }

    private static Action<HttpRequestMessage> Sign(string? signature) => request =>
    {
        request.Headers.Remove("X-ASRS-Signature");
        if (signature is not null)
            request.Headers.TryAddWithoutValidation("X-ASRS-Signature", signature);
    };

    private static string Invocation(string target, string arguments, string? id) =>
        $$"""{"type":1,{{(id is null ? "" : $"\"invocationId\":\"{id}\",")}}"target":"{{target}}","arguments":{{arguments}}}""";

    private static string? Text(JsonElement json, string property) => json.GetProperty(property).GetString();

    private async Task<(HttpStatusCode Status, string Body)> CallAsync(
        string category, string @event, string body, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "runtime/webhooks/signalr");
        request.Headers.Add("X-ASRS-Connection-Id", "c1");
        request.Headers.Add("X-ASRS-Hub", "chat");
        request.Headers.Add("X-ASRS-Category", category);
        request.Headers.Add("X-ASRS-Event", @event);
        request.Headers.Add("X-ASRS-User-Id", "ann");
        request.Headers.Add("X-ASRS-Signature", UpstreamWebhook.SignatureOf("c1", _app.HostServices.GetRequiredService<ServiceKey>()));
        request.Content = new StringContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        change?.Invoke(request);
        using var answer = await _http.SendAsync(request, Ct);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Ct));
    }
}
