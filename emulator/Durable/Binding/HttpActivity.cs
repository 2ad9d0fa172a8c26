using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tasklane.Emulator.Durable.History;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Binding;

/// <summary>The host's own activity behind <c>CallHttpAsync</c>: makes one request and hands back what was answered.</summary>
internal sealed class HttpActivity : IDisposable
{
    private const string Name = "BuiltIn::HttpActivity";

    /// <summary>For each request, when it brings no time of its own.</summary>
    private static readonly TimeSpan _defaultTimeout = TimeSpan.FromSeconds(100);

    // One client for all: sockets are pooled, and each request has a timeout of its own.
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };

    public static bool IsNamed(string activity) => activity.Equals(Name, StringComparison.OrdinalIgnoreCase);

    public async ValueTask<P.ActivityResponse> RunAsync(P.ActivityRequest request, CancellationToken cancellation)
    {
        var answer = new P.ActivityResponse { InstanceId = request.OrchestrationInstance.InstanceId, TaskId = request.TaskId };
        try
        {
            var node = JsonNode.Parse(request.Input ?? "null");
            var call = (node is JsonArray { Count: 1 } one ? one[0] : node) as JsonObject
                ?? throw new ArgumentException("A durable HTTP call needs a request.");
            answer.Result = (await SendAsync(call, cancellation)).ToJsonString();
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            answer.FailureDetails = Happenings.Of(e);
        }

        return answer;
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonObject> SendAsync(JsonObject call, CancellationToken cancellation)
    {
        if (Find(call, "tokenSource") is not null)
            throw new NotSupportedException("This host has no managed identity to get a token from.");
        var timeout = TimeSpan.TryParse(Find(call, "timeout")?.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var given)
            ? given
            : _defaultTimeout;
        using var end = new CancellationTokenSource(timeout, TimeProvider.System);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellation);
        using var message = Message(call);
        try
        {
            using var response = await _http.SendAsync(message, both.Token);
            var headers = new JsonObject();
            foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
                headers[name] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]);
            return new JsonObject
            {
                ["statusCode"] = (int)response.StatusCode,
                ["headers"] = headers,
                ["content"] = await response.Content.ReadAsStringAsync(both.Token),
            };
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            throw new TimeoutException($"'{message.RequestUri}' did not answer within {timeout}.");
        }
    }

    private static HttpRequestMessage Message(JsonObject call)
    {
        var method = Find(call, "method") switch
        {
            JsonObject named => Find(named, "Method")?.ToString(),
            var text => text?.ToString(),
        };
        var message = new HttpRequestMessage(
            new HttpMethod(method ?? "GET"), Find(call, "uri")?.ToString() ?? throw new ArgumentException("A durable HTTP call needs a uri."));
        if (Find(call, "content") is { } content)
        {
            message.Content = new StringContent(content.GetValueKind() == JsonValueKind.String ? content.GetValue<string>() : content.ToJsonString(), Encoding.UTF8);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        foreach (var (name, value) in Find(call, "headers") as JsonObject ?? [])
        {
            string[] values = value is JsonArray several ? [.. several.Select(one => one?.ToString() ?? "")] : [value?.ToString() ?? ""];

            // Headers of the content belong to the content; the one that says its type replaces the default.
            if (message.Headers.TryAddWithoutValidation(name, values))
                continue;
            message.Content?.Headers.Remove(name);
            message.Content?.Headers.TryAddWithoutValidation(name, values);
        }

        return message;
    }

    private static JsonNode? Find(JsonObject json, string name) =>
        json.FirstOrDefault(property => property.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}
