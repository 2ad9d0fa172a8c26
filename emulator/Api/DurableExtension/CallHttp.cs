using Microsoft.Azure.Functions.Worker.Extensions.DurableTask;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;

namespace Microsoft.DurableTask;

/// <summary>
/// HTTP calls that survive a restart: the host makes each in an activity of its own, and what lies between them, the
/// delays of retries and of polling, is durable timers.
/// </summary>
public static partial class TaskOrchestrationContextExtensionMethods
{
    /// <summary>The name of the host's own activity.</summary>
    internal const string HttpActivity = "BuiltIn::HttpActivity";

    /// <exception cref="TaskFailedException">There was no answer, or not in time.</exception>
    public static Task<DurableHttpResponse> CallHttpAsync(this TaskOrchestrationContext context, DurableHttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(request);
        return request.AsynchronousPatternEnabled ? SendAndPollAsync(context, request) : SendAsync(context, request);
    }

    public static Task<DurableHttpResponse> CallHttpAsync(
        this TaskOrchestrationContext context,
        HttpMethod method,
        Uri uri,
        string? content = null,
        HttpRetryOptions? retryOptions = null) =>
        context.CallHttpAsync(method, uri, content, retryOptions, false);

    public static Task<DurableHttpResponse> CallHttpAsync(
        this TaskOrchestrationContext context,
        HttpMethod method,
        Uri uri,
        string? content = null,
        HttpRetryOptions? retryOptions = null,
        bool asynchronousPatternEnabled = false) =>
        context.CallHttpAsync(method, uri, content, retryOptions, asynchronousPatternEnabled, null);

    public static Task<DurableHttpResponse> CallHttpAsync(
        this TaskOrchestrationContext context,
        HttpMethod method,
        Uri uri,
        string? content = null,
        HttpRetryOptions? retryOptions = null,
        bool asynchronousPatternEnabled = false,
        TokenSource? tokenSource = null,
        TimeSpan? timeout = null) => context.CallHttpAsync(new DurableHttpRequest(method, uri)
        {
            Content = content,
            HttpRetryOptions = retryOptions,
            AsynchronousPatternEnabled = asynchronousPatternEnabled,
            TokenSource = tokenSource,
            Timeout = timeout,
        });
}
