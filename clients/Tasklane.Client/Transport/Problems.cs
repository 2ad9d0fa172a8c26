using System.Text.Json;
using Tasklane.Client.Json;

namespace Tasklane.Client.Transport;

/// <summary>Refusals, from problem documents (RFC 9457).</summary>
internal static class Problems
{
    private const int LongestShown = 200;

    public static async Task<TasklaneException> ReadAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        var status = answer.StatusCode;
        var said = Parse(answer.Content.Headers.ContentType?.MediaType, text);
        var retryAfter = answer.Headers.RetryAfter;
        return new TasklaneException(
            said?.Code ?? $"http_{(int)status}",
            status,
            said?.Title ?? $"The service answered {(int)status} {answer.ReasonPhrase}".TrimEnd(),
            said?.Detail ?? (said is null ? Shorten(text) : ""))
        {
            Errors = said?.Errors ?? [],
            RetryAfter = retryAfter?.Delta ?? (retryAfter?.Date is { } at && answer.Headers.Date is { } now ? Positive(at - now) : null),
        };
    }

    private static ProblemDocument? Parse(string? type, string text)
    {
        if (type is not ("application/problem+json" or "application/json"))
            return null;
        try
        {
            return JsonSerializer.Deserialize(text, TasklaneJson.Default.ProblemDocument);
        }
        catch (JsonException)
        {
            return null; // somebody else's, in between
        }
    }

    private static TimeSpan Positive(TimeSpan wait) => wait > TimeSpan.Zero ? wait : TimeSpan.Zero;

    private static string Shorten(string text) => text.Length <= LongestShown ? text.Trim() : string.Concat(text.AsSpan(0, LongestShown).Trim(), "…");
}
