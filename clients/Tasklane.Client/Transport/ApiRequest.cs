using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Tasklane.Client.Transport;

/// <summary>A request that can be made anew for each attempt.</summary>
/// <param name="Path">Below the service's address, without a slash before it.</param>
internal sealed record ApiRequest(HttpMethod Method, string Path)
{
    public byte[]? Body { get; private init; }

    /// <summary>Under which a repetition is no second request.</summary>
    public string? Key { get; init; }

    /// <summary>Carried out twice it does what it does once.</summary>
    public bool IsIdempotent { get; init; } = Method == HttpMethod.Get || Method == HttpMethod.Put;

    /// <summary>Where a file that was cut off goes on, and of which version it must be.</summary>
    public (long From, EntityTagHeaderValue? Of)? Range { get; init; }

    /// <summary>Whether it may be sent again without knowing what became of it.</summary>
    public bool IsRepeatable => IsIdempotent || Key is not null;

    public static ApiRequest Get(string path, params IEnumerable<(string Name, string? Value)> query) => new(HttpMethod.Get, path + Query(query));

    public static ApiRequest Post(string path) => new(HttpMethod.Post, path);

    public ApiRequest With<T>(T body, JsonTypeInfo<T> json) => this with { Body = JsonSerializer.SerializeToUtf8Bytes(body, json) };

    public HttpRequestMessage Message(Uri root)
    {
        var message = new HttpRequestMessage(Method, new Uri(root, Path));
        message.Headers.TryAddWithoutValidation("User-Agent", "tasklane-client");
        if (Body is not null)
            message.Content = new ByteArrayContent(Body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        if (Key is not null)
            message.Headers.TryAddWithoutValidation("Idempotency-Key", Key);
        if (Range is { } range)
        {
            message.Headers.Range = new RangeHeaderValue(range.From, null);
            message.Headers.IfRange = range.Of is null ? null : new RangeConditionHeaderValue(range.Of);
        }
        return message;
    }

    private static string Query(IEnumerable<(string Name, string? Value)> query)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in query)
        {
            if (value is not null)
                text.Append(text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
        return text.ToString();
    }
}
