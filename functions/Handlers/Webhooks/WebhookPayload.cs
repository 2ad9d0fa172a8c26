using System.Buffers;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Tasklane.Handlers.Outbound;
using Tasklane.Tasks;

namespace Tasklane.Handlers.Webhooks;

/// <summary>How the request is made.</summary>
public enum WebhookMethod
{
    Post,
    Put,
}

/// <summary>A request to a service of the user's.</summary>
public sealed record WebhookPayload(
    [property: Description("Where the request goes: an https or http address on a host that the settings allow."), StringLength(OutboundUrl.MaxLength, MinimumLength = 1)] string Url,
    [property: Description("The JSON that is sent.")] JsonElement Body,
    [property: Description("More headers of the request, by name."), MaxLength(50)] IReadOnlyDictionary<string, string>? Headers = null,
    WebhookMethod Method = WebhookMethod.Post) : IValidatableObject
{
    private static readonly SearchValues<char> _token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>Set by the sender, or by the connection.</summary>
    private static readonly HashSet<string> _reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade", "Expect",
        "Accept-Encoding", "Idempotency-Key",
    };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!OutboundUrl.TryRead(Url, out _, out var problem))
            yield return new ValidationResult(problem, [nameof(Url)]);
        foreach (var wrong in Headers is null ? [] : Headers.Select(pair => ProblemOf(pair.Key, pair.Value)).OfType<string>())
            yield return new ValidationResult(wrong, [nameof(Headers)]);
        if (Headers?.Keys.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
            yield return new ValidationResult($"has '{twice.Key}' more than once; names of headers are the same in upper and lower case", [nameof(Headers)]);
    }

    private static string? ProblemOf(string name, string value)
    {
        if (name.Length is 0 or > 100 || name.AsSpan().ContainsAnyExcept(_token))
            return $"has '{Characters.Shorten(name)}', which is no name of a header";
        if (_reserved.Contains(name) || name.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Tasklane-", StringComparison.OrdinalIgnoreCase))
            return $"must not have '{name}', which is set by the sender; leave it out";
        return value.Length > 4096 || value.Any(c => c is < ' ' or > '~')
            ? $"has a value of '{name}' that is longer than 4096 characters or has others than ASCII letters, digits, signs and spaces"
            : null;
    }
}

/// <param name="Status">HTTP status of the answer.</param>
/// <param name="Body">The answer's body as text, or its beginning.</param>
/// <param name="IsCut">The body went on.</param>
public sealed record WebhookResult(int Status, string Body, bool IsCut);
