using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http;

/// <summary>Reads a value that the reader stands at, to its end.</summary>
internal delegate T JsonRead<out T>(ref Utf8JsonReader reader);

/// <summary>Reads JSON bodies, never more of them than asked for.</summary>
internal static class RequestBody
{
    /// <summary>The whole body. Refuses other media types, and bodies over <paramref name="most"/> bytes with <paramref name="tooLarge"/>.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadJsonAsync(HttpRequest request, int most, Func<TaskException> tooLarge)
    {
        RequireJson(request.ContentType);
        if (request.ContentLength > most)
            throw tooLarge();
        var body = request.ContentLength is { } length
            ? await ReadExactlyAsync(request, (int)length)
            : await ReadToEndAsync(request, most, tooLarge);
        if (body.Span.StartsWith("\uFEFF"u8))
            body = body[3..];
        return body.IsEmpty ? throw new InvalidRequestException(RequestErrors.EmptyBody) : body;
    }

    /// <summary>The body of a request that has a task's payload in it, and room for the rest.</summary>
    public static ValueTask<ReadOnlyMemory<byte>> ReadWithPayloadAsync(HttpRequest request)
    {
        const int Most = TaskLimits.MaxPayloadBytes + (64 * 1024);
        return ReadJsonAsync(request, Most, () => new InvalidRequestException(RequestErrors.PayloadTooLarge, TaskLimits.MaxPayloadBytes));
    }

    /// <summary>Reads what <paramref name="read"/> makes of the one JSON value that a body must be; says where it is none.</summary>
    public static T Parse<T>(ReadOnlySpan<byte> body, JsonRead<T> read)
    {
        if (!Utf8.IsValid(body))
            throw new InvalidRequestException(RequestErrors.InvalidJson, 1, 1, "The body is not UTF-8.");
        var reader = new Utf8JsonReader(body);
        try
        {
            reader.Read();
            var value = read(ref reader);
            reader.Read(); // nothing may follow
            return value;
        }
        catch (JsonException broken)
        {
            throw Broken(broken);
        }
    }

    /// <summary>For requests that take no body: refuses one that says something. Nothing at all, or an empty object, is what clients send for none.</summary>
    public static async ValueTask RequireNoneAsync(HttpRequest request)
    {
        const int Most = 16;
        if (request.ContentLength is 0 || (request.ContentLength is null && !request.Headers.ContainsKey("Transfer-Encoding")))
            return;
        var start = new byte[Most];
        var length = await request.Body.ReadAtLeastAsync(start, Most, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        if (Encoding.UTF8.GetString(start, 0, length).Trim() is not ("" or "{}" or "null"))
            throw InvalidRequestException.OfField("", FieldErrors.NoBody);
    }

    /// <summary>Says where JSON is broken, counted from 1.</summary>
    public static InvalidRequestException Broken(JsonException broken)
    {
        var reason = broken.Message;
        var position = reason.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return new InvalidRequestException(
            RequestErrors.InvalidJson,
            (broken.LineNumber ?? 0) + 1,
            (broken.BytePositionInLine ?? 0) + 1,
            position < 0 ? reason : reason[..position]);
    }

    private static async Task<ReadOnlyMemory<byte>> ReadExactlyAsync(HttpRequest request, int length)
    {
        var body = new byte[length];
        await request.Body.ReadExactlyAsync(body, request.HttpContext.RequestAborted);
        return body;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadToEndAsync(HttpRequest request, int most, Func<TaskException> tooLarge)
    {
        var body = new ArrayBufferWriter<byte>();
        int read;
        while ((read = await request.Body.ReadAsync(body.GetMemory(4096), request.HttpContext.RequestAborted)) > 0)
        {
            body.Advance(read);
            if (body.WrittenCount > most)
                throw tooLarge();
        }
        return body.WrittenMemory;
    }

    private static void RequireJson(string? contentType)
    {
        // A client that says nothing gets the benefit of the doubt; one that says something else is usually a form.
        if (contentType is null or "" or "application/json")
            return;
        if (MediaTypeHeaderValue.TryParse(contentType, out var type)
            && (type.MediaType!.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                || type.MediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase))
            && (type.CharSet is null || type.CharSet.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return;
        }
        throw new InvalidRequestException(RequestErrors.UnsupportedMediaType, contentType.Length <= 100 ? contentType : contentType[..100]);
    }
}
