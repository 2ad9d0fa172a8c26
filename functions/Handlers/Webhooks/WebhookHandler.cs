using System.Globalization;
using System.Net;
using System.Text;
using Tasklane.Handlers.Outbound;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.Webhooks;

/// <summary>
/// Hands the work to a service of the user's. A request may arrive twice (an answer can get lost), so each of a task's carries the same
/// idempotency key.
/// </summary>
[TaskType("custom", Description = "Sends JSON, signed, to a service of yours and keeps its answer.")]
public sealed class WebhookHandler(OutboundHttp http, TasklaneOptions options) : ITaskHandler<WebhookPayload>
{
    private const int MostOfBody = 32 * 1024;
    private const int MostInError = 2000;

    public async Task<Outcome> RunAsync(WebhookPayload payload, ITaskRun run)
    {
        if (options.Webhook.Secrets.Length == 0)
        {
            throw new TaskFailedException("webhook_secret_missing",
                "Requests of 'custom' tasks are signed, and there is no secret to sign with: whoever runs Tasklane sets Tasklane:Webhook:Secrets:0.", retry: false);
        }
        if (!OutboundUrl.TryRead(payload.Url, out var url, out var problem))
            throw new TaskFailedException(OutboundErrors.UrlRefused, $"The address {problem}.", retry: false);

        run.ReportProgress(0, 1, $"asking {url.Host}");
        var answer = await http.SendAsync(RequestOf(payload, url, run), run.Cancellation);
        run.Log(TaskLogLevel.Info, $"{url.Host} answered {(int)answer.Status}.");
        if ((int)answer.Status is < 200 or > 299)
            throw Failure(answer);
        run.ReportProgress(1, 1, $"answered {(int)answer.Status}");
        return Outcome.Completed(new WebhookResult((int)answer.Status, Text(answer), answer.IsCut));
    }

    private OutboundRequest RequestOf(WebhookPayload payload, Uri url, ITaskRun run)
    {
        var body = Encoding.UTF8.GetBytes(payload.Body.GetRawText());
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Content-Type"] = "application/json", ["User-Agent"] = "Tasklane" };
        foreach (var (name, value) in payload.Headers ?? new Dictionary<string, string>())
            headers[name] = value;
        headers[WebhookSignature.Header] = WebhookSignature.Of(body, run.Time.GetUtcNow(), options.Webhook.Secrets);
        headers["Tasklane-Task-Id"] = run.Task.Id;
        headers["Tasklane-Attempt"] = run.Attempt.ToString(CultureInfo.InvariantCulture);
        headers["Idempotency-Key"] = run.Task.Id;
        return new OutboundRequest(payload.Method == WebhookMethod.Put ? HttpMethod.Put : HttpMethod.Post, url)
        {
            Body = body,
            Headers = [.. headers],
            MaxBytes = MostOfBody,
        };
    }

    private static TaskFailedException Failure(OutboundAnswer answer)
    {
        var (status, host) = ((int)answer.Status, answer.Url.Host);
        var details = new { status, body = Characters.Cut(Text(answer), MostInError) };
        if (status is >= 300 and < 400)
        {
            return new TaskFailedException("webhook_redirect",
                $"'{host}' answered {status}, a redirect, which is not followed: it would hand the request to somebody else. Name the address it points to.", retry: false, details);
        }
        // 408, 425 and 429 ask for another try in their own words; other 4xx say that the request is at fault.
        if (status is >= 400 and < 500 && answer.Status is not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests) && status != 425)
            return new TaskFailedException("webhook_refused", $"'{host}' refused the request with status {status}.", retry: false, details);
        var wait = answer.RetryAfter is { } after ? $" and asks to be asked again after {Math.Ceiling(after.TotalSeconds)} s" : "";
        return new TaskFailedException("webhook_unavailable", $"'{host}' answered {status}{wait}.", retry: true, details);
    }

    /// <summary>Without the half of a character that the cut may leave.</summary>
    private static string Text(OutboundAnswer answer)
    {
        var text = Encoding.UTF8.GetString(answer.Body);
        return answer.IsCut ? text.TrimEnd('\uFFFD') : text;
    }
}
