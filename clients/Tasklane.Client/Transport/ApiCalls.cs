using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Tasklane.Client.Transport;

/// <summary>
/// Sends requests, and again where that is safe and may help. What decides that is what Tasklane's codes promise, not the status alone; so
/// it stands here, and no general library of retries is asked.
/// </summary>
internal sealed class ApiCalls(HttpClient http, TasklaneClientOptions options)
{
    private static readonly TimeSpan _firstWait = TimeSpan.FromMilliseconds(500);

    /// <summary>Where the service does not say when to come again.</summary>
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(8);

    private readonly Uri _root = options.Base;

    public HttpClient Http => http;

    /// <exception cref="TasklaneException">It was refused, or there was no answer.</exception>
    public async Task<T> SendAsync<T>(ApiRequest request, JsonTypeInfo<T> json, CancellationToken cancellation, HttpStatusCode? alsoGood = null)
    {
        using var answer = await SendAsync(request, cancellation, alsoGood).ConfigureAwait(false);
        try
        {
            var body = await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
            return JsonSerializer.Deserialize(body, json) ?? throw new JsonException("The answer is null.");
        }
        catch (JsonException unread)
        {
            throw new TasklaneException($"http_{(int)answer.StatusCode}", answer.StatusCode, "The answer is not Tasklane's",
                $"{request.Method} {new Uri(_root, request.Path)} answered what cannot be read ({unread.Message}). Is this the address of a Tasklane service?", unread);
        }
    }

    /// <summary>The answer, not yet read to its end; the caller disposes of it.</summary>
    /// <exception cref="TasklaneException">It was refused, or there was no answer.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        ApiRequest request, CancellationToken cancellation, HttpStatusCode? alsoGood = null, HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        var hasRenewed = false;
        for (var attempt = 0; ; attempt++)
        {
            TasklaneException failure;
            try
            {
                var answer = await SendOnceAsync(request, completion, cancellation).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode || answer.StatusCode == alsoGood)
                    return answer;
                using (answer)
                    failure = await Problems.ReadAsync(answer, cancellation).ConfigureAwait(false);
                if (failure.Status == HttpStatusCode.Unauthorized && !hasRenewed && options.Credential?.Forget() == true)
                {
                    // A sign-in that has run out is made anew, once.
                    hasRenewed = true;
                    continue;
                }
            }
            catch (Exception lost) when (lost is HttpRequestException or IOException || (lost is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                failure = new TasklaneException(TasklaneException.Unreachable, null, $"No answer from {_root}", Innermost(lost), lost);
            }
            var wait = WaitFor(failure, attempt);
            if (attempt >= options.MaxRetries || wait > options.MaxRetryWait || !MayHelp(failure, request))
                throw failure;
            await Task.Delay(wait, options.Time, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(ApiRequest request, HttpCompletionOption completion, CancellationToken cancellation)
    {
        using var message = request.Message(_root);
        if (options.Credential is { } credential)
            await credential.ApplyAsync(message, http, _root, cancellation).ConfigureAwait(false);
        return await http.SendAsync(message, completion, cancellation).ConfigureAwait(false);
    }

    /// <summary>Whether the same request may do better later, and does no harm if it was carried out already.</summary>
    private static bool MayHelp(TasklaneException failure, ApiRequest request) => (failure.Status, failure.Code) switch
    {
        (HttpStatusCode.TooManyRequests, _) => true,
        (HttpStatusCode.ServiceUnavailable, "store_unavailable") => true, // it promises that nothing was changed
        (HttpStatusCode.ServiceUnavailable, "store_full") => false, // somebody has to make room first
        // Not the app's own: a host that is starting knows no functions yet.
        (HttpStatusCode.NotFound, "http_404") => true,
        // No answer, a gateway's, or one that says so itself: nobody knows whether it was done.
        (null or HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout, _) => request.IsRepeatable,
        _ => false,
    };

    private static TimeSpan WaitFor(TasklaneException failure, int attempt)
    {
        if (failure.RetryAfter is { } told)
            return told;
        var doubled = _firstWait * Math.Pow(2, Math.Min(attempt, 10));
        var longest = doubled < _longestWait ? doubled : _longestWait;
        // Half of it by chance, so that clients that failed together do not come again together.
        return longest * (0.5 + (Random.Shared.NextDouble() / 2));
    }

    private static string Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner)
            failure = inner;
        return failure is OperationCanceledException ? "It took too long." : failure.Message;
    }
}
