using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Tasklane.Functions.Tests.Http;
using Tasklane.Functions.Tests.Scenarios;
using Xunit;

namespace Tasklane.Functions.Tests.Telemetry;

/// <summary>What a collector of OpenTelemetry is sent.</summary>
public sealed class TelemetryTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _sent = [];
    private WebApplication _collector = null!;
    private TestApp _app = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _collector = builder.Build();
        _collector.MapPost("/{**path}", async (HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            _sent.Enqueue((context.Request.Path, body.ToArray()));
        });
        await _collector.StartAsync(Token);
        var url = ((IApplicationBuilder)_collector).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses.Single();
        _app = await TestApp.StartAsync(
            null,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"), ("OTEL_METRIC_EXPORT_INTERVAL", "300"));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _collector.DisposeAsync();
    }

    [Fact]
    public async Task One_trace_goes_from_the_request_through_the_orchestration_to_the_attempt_and_its_writes()
    {
        var ada = await _app.SignInAsync("ada");
        var trace = ActivityTraceId.CreateRandom();
        var id = await CreateAsync(ada.Http.DefaultRequestHeaders.Authorization!.ToString(), $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        await ada.Http.EndAsync(id);

        var bytes = new byte[16];
        trace.CopyTo(bytes);
        foreach (var name in (string[])["create", "store Create", "store Start", "run sleep", "store Complete"])
            await UntilAsync("/v1/traces", body => Has(body, bytes) && Has(body, Encoding.UTF8.GetBytes(name)), name);
        await UntilAsync("/v1/traces", body => Has(body, Encoding.UTF8.GetBytes(id)) && Has(body, "task.outcome"u8), "the task's id and outcome");
    }

    [Fact]
    public async Task Tasks_and_attempts_are_counted_and_timed()
    {
        var ada = await _app.SignInAsync("ada");
        await ada.Http.EndAsync((await ada.Http.CreateAsync("noop", new { })).Id());

        foreach (var name in (string[])["tasklane.tasks.created", "tasklane.task.attempts", "tasklane.task.wait", "tasklane.task.duration", "dotnet.gc.collections"])
            await UntilAsync("/v1/metrics", body => Has(body, Encoding.UTF8.GetBytes(name)), name);
    }

    /// <summary>Over a bare connection: the app listens to every HTTP client of its process, which here is ours too, and so would each have a span.</summary>
    private async Task<string> CreateAsync(string authorization, string parent)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_app.Host.BaseAddress.Host, _app.Host.BaseAddress.Port, Token);
        const string Body = """{"type":"sleep","payload":{"seconds":0.01}}""";
        var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /api/tasks HTTP/1.1\r\nHost: {_app.Host.BaseAddress.Authority}\r\nAuthorization: {authorization}\r\ntraceparent: {parent}\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {Body.Length}\r\nConnection: close\r\n\r\n{Body}"),
            Token);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(Token);
        Assert.StartsWith("HTTP/1.1 202 ", answer, StringComparison.Ordinal);
        return JsonNode.Parse(answer[answer.IndexOf('{', StringComparison.Ordinal)..(answer.LastIndexOf('}') + 1)])!.Id();
    }

    private static bool Has(byte[] body, ReadOnlySpan<byte> text) => body.AsSpan().IndexOf(text) >= 0;

    private async Task UntilAsync(string path, Func<byte[], bool> wanted, string what)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!_sent.Any(one => one.Path == path && wanted(one.Body)))
        {
            Assert.False(patience.IsCancellationRequested, $"The collector has not been sent {what} within a minute.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }
    }
}
