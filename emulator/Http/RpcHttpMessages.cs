using System.Globalization;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Http;

/// <summary>
/// Requests and answers as messages, for workers that take no forwarded requests: those without the ASP.NET Core integration.
/// </summary>
internal static class RpcHttpMessages
{
    /// <summary>The trigger's data for a request.</summary>
    public static async Task<TypedData> ReadAsync(HttpContext http)
    {
        var request = http.Request;
        var message = new RpcHttp { Method = request.Method, Url = request.GetDisplayUrl() };
        foreach (var (name, value) in request.Headers)
            message.NullableHeaders[name.ToLowerInvariant()] = new NullableString { Value = value.ToString() };
        foreach (var (name, value) in request.Query)
            message.NullableQuery[name] = new NullableString { Value = value.ToString() };
        foreach (var (name, value) in request.RouteValues)
            message.NullableParams[name] = new NullableString { Value = value?.ToString() ?? "" };
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, http.RequestAborted);
        if (body.Length > 0)
            message.Body = new TypedData { Bytes = ByteString.CopyFrom(body.GetBuffer(), 0, (int)body.Length) };
        return new TypedData { Http = message };
    }

    /// <summary>Writes what the function answered: its return value, or the output of type http.</summary>
    public static Task WriteAsync(HttpContext http, InvocationResponse response, HostFunction function)
    {
        var name = function.Bindings.FirstOrDefault(
            binding => binding.Direction == BindingDirection.Out && binding.Type.Equals("http", StringComparison.OrdinalIgnoreCase))?.Name;
        var answer = name is null or FunctionBinding.ReturnName
            ? response.ReturnValue
            : response.OutputData.FirstOrDefault(output => output.Name == name)?.Data;
        return answer?.DataCase switch
        {
            null or TypedData.DataOneofCase.None => Empty(http),
            TypedData.DataOneofCase.Http => WriteAsync(http, answer.Http),
            _ => WriteAsync(http, answer, null),
        };
    }

    private static Task Empty(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static Task WriteAsync(HttpContext http, RpcHttp answer)
    {
        http.Response.StatusCode = int.TryParse(answer.StatusCode, CultureInfo.InvariantCulture, out var status) ? status : StatusCodes.Status200OK;
        string? contentType = null;
        foreach (var (name, value) in answer.Headers)
        {
            if (name.Equals("content-type", StringComparison.OrdinalIgnoreCase))
                contentType = value;
            else if (!name.Equals("content-length", StringComparison.OrdinalIgnoreCase))
                http.Response.Headers.Append(name, value);
        }

        foreach (var cookie in answer.Cookies)
            http.Response.Cookies.Append(cookie.Name, cookie.Value, Options(cookie));
        return WriteAsync(http, answer.Body, contentType);
    }

    private static async Task WriteAsync(HttpContext http, TypedData? body, string? contentType)
    {
        var bytes = body?.DataCase switch
        {
            TypedData.DataOneofCase.Bytes => body.Bytes.Memory,
            TypedData.DataOneofCase.Stream => body.Stream.Memory,
            TypedData.DataOneofCase.Json => Encoding.UTF8.GetBytes(body.Json),
            TypedData.DataOneofCase.String => Encoding.UTF8.GetBytes(body.String),
            _ => ReadOnlyMemory<byte>.Empty,
        };
        contentType ??= body?.DataCase switch
        {
            TypedData.DataOneofCase.Json => "application/json; charset=utf-8",
            TypedData.DataOneofCase.String => "text/plain; charset=utf-8",
            _ => null,
        };
        if (contentType is not null)
            http.Response.ContentType = contentType;
        http.Response.ContentLength = bytes.Length;
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
    }

    private static CookieOptions Options(RpcHttpCookie cookie) => new()
    {
        Domain = cookie.Domain is { StringCase: NullableString.StringOneofCase.Value } domain ? domain.Value : null,
        Path = cookie.Path is { StringCase: NullableString.StringOneofCase.Value } path ? path.Value : "/",
        Expires = cookie.Expires is { TimestampCase: NullableTimestamp.TimestampOneofCase.Value } expires ? expires.Value.ToDateTimeOffset() : null,
        Secure = cookie.Secure is { BoolCase: NullableBool.BoolOneofCase.Value, Value: true },
        HttpOnly = cookie.HttpOnly is { BoolCase: NullableBool.BoolOneofCase.Value, Value: true },
        MaxAge = cookie.MaxAge is { DoubleCase: NullableDouble.DoubleOneofCase.Value } age ? TimeSpan.FromSeconds(age.Value) : null,
        SameSite = cookie.SameSite switch
        {
            RpcHttpCookie.Types.SameSite.Lax => SameSiteMode.Lax,
            RpcHttpCookie.Types.SameSite.Strict => SameSiteMode.Strict,
            RpcHttpCookie.Types.SameSite.ExplicitNone => SameSiteMode.None,
            _ => SameSiteMode.Unspecified,
        },
    };
}
