using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Tasklane.Tasks.Http.Caching;

/// <summary>An answer's JSON, with an entity tag that is the same for the same JSON on every instance. Safe for concurrent use.</summary>
public sealed class JsonBody
{
    private readonly byte[] _bytes;
    private byte[]? _brotli, _gzip;

    private JsonBody(byte[] bytes, string tag) => (_bytes, Tag) = (bytes, tag);

    /// <summary>Weak: compressed bytes bear it too.</summary>
    public string Tag { get; }

    public int Length => _bytes.Length;

    public static JsonBody Of<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var bytes = JsonBuffer.Write(value, write).WrittenSpan.ToArray();
        return new JsonBody(bytes, TagOf(bytes));
    }

    /// <summary>With a part that changes at every request, and so must not count for the tag.</summary>
    public static JsonBody Of<T>(T value, Action<Utf8JsonWriter, T> write, Action<Utf8JsonWriter, T> writeTagged) =>
        new(JsonBuffer.Write(value, write).WrittenSpan.ToArray(), TagOf(JsonBuffer.Write(value, writeTagged).WrittenSpan));

    /// <summary>Its bytes in an encoding (null = as they are). Compressed once, however often they are sent.</summary>
    public ReadOnlyMemory<byte> In(string? encoding) => encoding switch
    {
        AnswerEncoding.Brotli => _brotli ??= AnswerEncoding.Compress(encoding, _bytes),
        AnswerEncoding.Gzip => _gzip ??= AnswerEncoding.Compress(encoding, _bytes),
        _ => _bytes,
    };

    private static string TagOf(ReadOnlySpan<byte> bytes) => $"W/\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12))}\"";
}

/// <summary>200 with the body, or 304 when the client has it.</summary>
internal sealed class JsonBodyAnswer(JsonBody body) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        if (EntityTags.Matches(httpContext.Request, body.Tag))
        {
            await new NotModified(body.Tag).ExecuteAsync(httpContext);
            return;
        }
        var response = httpContext.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/json; charset=utf-8";
        response.Headers.ETag = body.Tag;
        response.Headers.CacheControl = "private, no-cache";
        var bytes = body.In(AnswerEncoding.Begin(httpContext, body.Length));
        response.ContentLength = bytes.Length;
        if (HttpMethods.IsHead(httpContext.Request.Method))
            return;
        await response.BodyWriter.WriteAsync(bytes, httpContext.RequestAborted);
    }
}
