using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Tasklane.Functions.Tests.Handlers;

/// <summary>A web server on a free port of this machine, which answers as a test says and keeps what it was asked.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LocalServer(WebApplication app) => _app = app;

    /// <summary>"127.0.0.1:port".</summary>
    public string Authority { get; private set; } = "";

    public int Port => new Uri("http://" + Authority).Port;

    public ConcurrentQueue<Asked> Requests { get; } = [];

    public string Url(string path) => $"http://{Authority}{path}";

    /// <param name="answer">Gets the request with its body as text.</param>
    public static async Task<LocalServer> StartAsync(Func<HttpContext, string, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var server = new LocalServer(app);
        app.Run(async http =>
        {
            var body = await new StreamReader(http.Request.Body).ReadToEndAsync();
            server.Requests.Enqueue(new Asked(
                http.Request.Method, http.Request.Path + http.Request.QueryString.Value, http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body));
            await answer(http, body);
        });
        await app.StartAsync();
        server.Authority = new Uri(app.Urls.Single()).Authority;
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    internal sealed record Asked(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body);
}

/// <summary>Short words for answers.</summary>
internal static class Answers
{
    public static Task SayAsync(this HttpContext http, int status, string text = "", string type = "text/plain; charset=utf-8", params (string Name, string Value)[] headers)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        foreach (var (name, value) in headers)
            http.Response.Headers[name] = value;
        return http.Response.WriteAsync(text);
    }
}
