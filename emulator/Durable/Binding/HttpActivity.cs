using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Tasklane.Emulator.Durable.History;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Binding;

/// <summary>
/// The host's own activity behind <c>CallHttpAsync</c>: makes one request and hands back what was answered. Waiting and asking again
/// after a 202 is the worker's doing. Nobody retries: the worker passes its HttpRetryOptions on with the request and not as a retry
/// policy, and all the activity does with them is to fail on the status codes they name.
/// </summary>
internal sealed class HttpActivity : IDisposable
{
    private const string Name = "BuiltIn::HttpActivity";

    /// <summary>What the worker makes of a failure without details, which is how the real activity's requests fail.</summary>
    private const string UnknownType = "(unknown)";

    /// <summary>For each request, when it brings no time of its own.</summary>
    private static readonly TimeSpan _defaultTimeout = TimeSpan.FromSeconds(240);

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    // One client for all: sockets are pooled, and each request has a timeout of its own. There are services that refuse requests
    // without a User-Agent, so they get the one they would see on Azure.
    private readonly HttpClient _http = new()
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { UserAgent = { new ProductInfoHeaderValue("Microsoft.Azure.WebJobs.Extensions.DurableTask", "3.18.0") } },
    };

    public static bool IsNamed(string activity) => activity.Equals(Name, StringComparison.OrdinalIgnoreCase);

    public async ValueTask<P.ActivityResponse> RunAsync(P.ActivityRequest request, CancellationToken cancellation)
    {
        var answer = new P.ActivityResponse { InstanceId = request.OrchestrationInstance.InstanceId, TaskId = request.TaskId };
        try
        {
            var call = JsonSerializer.Deserialize<Call[]>(request.Input ?? "[]", _json)?.FirstOrDefault()
                ?? throw new ArgumentException("A durable HTTP call needs a request.");
            answer.Result = (await SendAsync(call, cancellation)).ToJsonString();
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException)
        {
            answer.FailureDetails = Happenings.Failure(UnknownType, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            answer.FailureDetails = Happenings.Of(e);
        }

        return answer;
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonObject> SendAsync(Call call, CancellationToken cancellation)
    {
        if (call.RetryOptions is { } given && given.FirstRetryInterval <= TimeSpan.Zero)
            throw new ArgumentException("HttpRetryOptions need a FirstRetryInterval above zero.");
        using var message = Message(call);
        if (call.TokenSource is not null)
            throw new NotSupportedException("This host has no managed identity to get a token from.");
        using var end = new CancellationTokenSource(call.Timeout ?? _defaultTimeout, TimeProvider.System);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellation);
        try
        {
            using var response = await _http.SendAsync(message, both.Token);
            if (call.RetryOptions is { } retry)
                ThrowIfFailed(retry, response);
            return await AnswerAsync(response);
        }
        catch (OperationCanceledException) when (call.Timeout is { } timeout && end.IsCancellationRequested)
        {
            throw new TimeoutException($"'{message.RequestUri}' did not answer within the {timeout} that the call gave it.");
        }
    }

    private static void ThrowIfFailed(Retries retry, HttpResponseMessage response)
    {
        if (retry.StatusCodesToRetry is not { Count: > 0 } codes)
            response.EnsureSuccessStatusCode();
        else if (codes.Contains(response.StatusCode))
            throw new HttpRequestException($"Status code {response.StatusCode} received, retry requested.");
    }

    // The headers of the content are not among those that come back.
    private static async Task<JsonObject> AnswerAsync(HttpResponseMessage response)
    {
        var headers = new JsonObject();
        foreach (var (name, values) in response.Headers)
            headers[name] = values.ToArray() is [var single] ? single : new JsonArray([.. values.Select(value => JsonValue.Create(value))]);
        return new JsonObject
        {
            ["statusCode"] = (int)response.StatusCode,
            ["headers"] = headers,
            ["content"] = await response.Content.ReadAsStringAsync(CancellationToken.None),
        };
    }

    private static HttpRequestMessage Message(Call call)
    {
        var message = new HttpRequestMessage(
            new HttpMethod(call.Method ?? "GET"), call.Uri ?? throw new ArgumentException("A durable HTTP call needs a uri."));
        var type = MediaTypeNames.Text.Plain;
        foreach (var (name, value) in call.Headers ?? [])
        {
            string[] values = value.ValueKind == JsonValueKind.Array ? value.Deserialize<string[]>()! : [value.GetString() ?? ""];
            if (!name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
                message.Headers.Add(name, values);
            else if (values.LastOrDefault() is { } named)
                type = named.Contains("multipart", StringComparison.Ordinal)
                    ? throw new NotSupportedException("Multipart content is not supported with CallHttpAsync.")
                    : named;
        }

        // A media type only: one with a charset is refused, as on Azure.
        if (call.Content is { } content)
        {
            message.Content = new StringContent(content, Encoding.UTF8);
            message.Content.Headers.ContentType = type.Equals(MediaTypeNames.Application.FormUrlEncoded, StringComparison.OrdinalIgnoreCase)
                ? new MediaTypeHeaderValue(type, "utf-8")
                : new MediaTypeHeaderValue(type);
        }

        return message;
    }

    /// <summary>What the worker writes of a DurableHttpRequest.</summary>
    private sealed record Call(
        string? Method, Uri? Uri, Dictionary<string, JsonElement>? Headers, string? Content, JsonElement? TokenSource, TimeSpan? Timeout,
        Retries? RetryOptions);

    private sealed record Retries(TimeSpan FirstRetryInterval, IReadOnlyCollection<HttpStatusCode>? StatusCodesToRetry);
}
