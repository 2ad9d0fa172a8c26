using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;

namespace PlainProbe;

public static class PlainFunctions
{
    [Function("Echo")]
    public static async Task<HttpResponseData> Echo([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "echo/{name}")] HttpRequestData request, string name)
    {
        var response = request.CreateResponse();
        response.Headers.Add("X-One", "1");
        response.Headers.Add("Content-Type", "text/csv; charset=utf-8");
        response.Cookies.Append(new HttpCookie("c", "v") { HttpOnly = true, Path = "/echo", SameSite = SameSite.Strict });
        using var reader = new StreamReader(request.Body);
        await response.WriteStringAsync($"{name} {request.Query["q"]} {await reader.ReadToEndAsync()}");

        // After the body: nothing is sent before the function has returned.
        response.StatusCode = HttpStatusCode.Accepted;
        return response;
    }

    [Function("Seen")]
    public static async Task<HttpResponseData> Seen([HttpTrigger(AuthorizationLevel.Anonymous, "get", "put", Route = "seen")] HttpRequestData request)
    {
        var response = request.CreateResponse();
        await response.WriteAsJsonAsync(new
        {
            request.Method,
            Url = request.Url.ToString(),
            Cookies = string.Join(";", request.Cookies.Select(cookie => $"{cookie.Name}={cookie.Value}")),
            Header = string.Join(",", request.Headers.TryGetValues("X-Many", out var values) ? values : []),
        });
        return response;
    }

    [Function("Bytes")]
    public static async Task<HttpResponseData> Bytes([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "bytes")] HttpRequestData request)
    {
        var response = request.CreateResponse();
        await request.Body.CopyToAsync(response.Body);
        return response;
    }

    [Function("Object")]
    public static object Object([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "object")] HttpRequestData request) => new { Text = request.Method };

    [Function("Text")]
    public static string Text([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "text")] HttpRequestData request) => request.Url.AbsolutePath;

    [Function("Nothing")]
    public static void Nothing([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "nothing")] HttpRequestData request) => _ = request.Url;

    [Function("Links")]
    public static HttpResponseData Links(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "links")] HttpRequestData request, [DurableClient] DurableTaskClient client) =>
        client.CreateCheckStatusResponse(request, "a/b");

    [Function("Throws")]
    public static HttpResponseData Throws([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "throws")] HttpRequestData request) =>
        throw new InvalidOperationException("secret");
}
