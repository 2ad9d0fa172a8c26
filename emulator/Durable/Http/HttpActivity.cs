using System.Net.Http.Headers;
using System.Text;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;
using Microsoft.DurableTask;
using Microsoft.Extensions.Primitives;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.Durable.Http;

/// <summary>The host's own activity behind <c>CallHttpAsync</c>: makes one request and hands back what was answered.</summary>
internal sealed class HttpActivity(WorkerDataConverter converter, EmulatorEnvironment environment) : IDisposable
{
    /// <summary>For each request, when it brings no time of its own.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(100);

    // One client for all: sockets are pooled, and each request has a timeout of its own.
    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };

    public void AddTo(DurableRegistry registry) =>
        registry.AddActivity(TaskOrchestrationContextExtensionMethods.HttpActivity, RunAsync);

    public void Dispose() => http.Dispose();

    private async Task<string?> RunAsync(ActivityInvocation invocation)
    {
        var request = converter.Deserialize<DurableHttpRequest>(invocation.Input)
            ?? throw new ArgumentException("A durable HTTP call needs a request.");
        if (request.TokenSource is not null)
            throw new NotSupportedException("The emulator has no managed identity to get a token from.");

        var timeout = request.Timeout ?? DefaultTimeout;
        using var end = new CancellationTokenSource(timeout, environment.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(end.Token, invocation.Cancellation);
        try
        {
            using var message = Message(request);
            using var response = await http.SendAsync(message, both.Token);
            return converter.Serialize(new DurableHttpResponse(response.StatusCode)
            {
                Headers = Headers(response),
                Content = await response.Content.ReadAsStringAsync(both.Token),
            });
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            throw new TimeoutException($"'{request.Uri}' did not answer within {timeout}.");
        }
    }

    private static HttpRequestMessage Message(DurableHttpRequest request)
    {
        var message = new HttpRequestMessage(request.Method, request.Uri);
        if (request.Content is not null)
        {
            message.Content = new StringContent(request.Content, Encoding.UTF8);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        foreach (var (name, values) in request.Headers ?? new Dictionary<string, StringValues>())
        {
            // Headers of the content belong to the content; the one that says its type replaces the default.
            if (message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                continue;
            message.Content?.Headers.Remove(name);
            message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        return message;
    }

    private static Dictionary<string, StringValues> Headers(HttpResponseMessage response) =>
        response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => new StringValues([.. header.Value]), StringComparer.OrdinalIgnoreCase);
}
