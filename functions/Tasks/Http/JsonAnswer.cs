using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tasklane.Tasks.Http.Caching;

namespace Tasklane.Tasks.Http;

/// <summary>An answer in JSON. The value is written by hand into a buffer kept per thread, so that the answer's length is known and nothing is made but bytes.</summary>
internal sealed class JsonAnswer<T>(int status, T value, Action<Utf8JsonWriter, T> write) : IResult
{
    public string ContentType { get; init; } = "application/json; charset=utf-8";

    public string? Location { get; init; }

    public string? ETag { get; init; }

    public string? RetryAfter { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = ContentType;
        if (Location is not null)
            response.Headers.Location = Location;
        if (RetryAfter is not null)
            response.Headers.RetryAfter = RetryAfter;
        if (ETag is not null)
            response.Headers.ETag = ETag;
        // What one user may see must not come out of a cache for another.
        response.Headers.CacheControl = ETag is null ? "no-store" : "private, no-cache";
        var written = JsonBuffer.Write(value, write).WrittenSpan;
        if (AnswerEncoding.Begin(httpContext, written.Length) is { } encoding)
        {
            written = AnswerEncoding.Compress(encoding, written);
            if (ETag is not null)
                response.Headers.ETag = EntityTags.Weak(ETag); // other bytes, the same version
        }
        response.ContentLength = written.Length;
        if (HttpMethods.IsHead(httpContext.Request.Method))
            return;
        response.BodyWriter.Write(written);
        await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
    }
}

/// <summary>The buffer and writer of a thread, used again and again.</summary>
internal static class JsonBuffer
{
    private const int LargestKept = 1024 * 1024;

    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = PlainEncoder.Instance, // sent as JSON only; Chinese stays readable and short
        SkipValidation = true,
    };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? writer;

    /// <summary>Good until the thread writes again, so not across an await.</summary>
    public static ArrayBufferWriter<byte> Write<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        if (buffer is null || buffer.Capacity > LargestKept)
            buffer = new ArrayBufferWriter<byte>(1024);
        else
            buffer.ResetWrittenCount();
        if (writer is null)
            writer = new Utf8JsonWriter(buffer, Options);
        else
            writer.Reset(buffer);
        write(writer, value);
        writer.Flush();
        return buffer;
    }
}
