using System.Globalization;
using System.Net;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;

namespace Microsoft.DurableTask;

public static partial class TaskOrchestrationContextExtensionMethods
{
    /// <summary>Between polls, when the answer does not say.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(30);

    private static async Task<DurableHttpResponse> SendAndPollAsync(TaskOrchestrationContext context, DurableHttpRequest request)
    {
        DateTime? deadline = request.Timeout is { } timeout ? context.CurrentUtcDateTime + timeout : null;
        var response = await SendAsync(context, request);
        while (response.StatusCode == HttpStatusCode.Accepted && Header(response, "Location") is { } location)
        {
            await context.CreateTimer(RetryAfter(response), CancellationToken.None);
            var left = deadline - context.CurrentUtcDateTime;
            if (left <= TimeSpan.Zero)
                throw new TimeoutException($"'{request.Uri}' was still accepted, not done, after {request.Timeout}.");
            response = await SendAsync(context, new DurableHttpRequest(HttpMethod.Get, new Uri(request.Uri, location))
            {
                Headers = request.Headers,
                HttpRetryOptions = request.HttpRetryOptions,
                TokenSource = request.TokenSource,
                Timeout = left,
            });
        }

        return response;
    }

    private static async Task<DurableHttpResponse> SendAsync(TaskOrchestrationContext context, DurableHttpRequest request)
    {
        var start = context.CurrentUtcDateTime;
        for (var attempt = 1; ; attempt++)
        {
            DurableHttpResponse? response = null;
            try
            {
                response = await context.CallActivityAsync<DurableHttpResponse>(HttpActivity, request);
                if (DelayBeforeNext(request.HttpRetryOptions, attempt, response.StatusCode) is null)
                    return response;
            }
            catch (TaskFailedException) when (DelayBeforeNext(request.HttpRetryOptions, attempt, null) is not null)
            {
                // No answer at all: worth another attempt, as a failed status is.
            }

            var delay = DelayBeforeNext(request.HttpRetryOptions, attempt, response?.StatusCode)!.Value;
            if (response is not null && context.CurrentUtcDateTime + delay - start > request.HttpRetryOptions!.RetryTimeout)
                return response;
            await context.CreateTimer(delay, CancellationToken.None);
        }
    }

    /// <param name="status">Null: there was no answer.</param>
    /// <returns>Null: this was the last attempt.</returns>
    private static TimeSpan? DelayBeforeNext(HttpRetryOptions? retry, int attempt, HttpStatusCode? status)
    {
        if (retry is null || attempt >= retry.MaxNumberOfAttempts)
            return null;
        if (status is { } code && !IsFailure(code, retry.StatusCodesToRetry))
            return null;
        var delay = retry.FirstRetryInterval.TotalMilliseconds * Math.Pow(retry.BackoffCoefficient, attempt - 1);
        return TimeSpan.FromMilliseconds(Math.Min(delay, retry.MaxRetryInterval.TotalMilliseconds));
    }

    private static bool IsFailure(HttpStatusCode status, IList<HttpStatusCode> named) =>
        named.Count > 0 ? named.Contains(status) : (int)status >= 400;

    private static TimeSpan RetryAfter(DurableHttpResponse response) =>
        int.TryParse(Header(response, "Retry-After"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : PollInterval;

    private static string? Header(DurableHttpResponse response, string name) =>
        response.Headers?.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}
