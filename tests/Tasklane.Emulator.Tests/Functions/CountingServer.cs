using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Tasklane.Emulator.Tests.Functions;

/// <summary>A server somewhere else, for functions to call: it answers as a test says and keeps what it was asked.</summary>
internal sealed class CountingServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Asked> _asked = new();

    private CountingServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    public IReadOnlyList<Asked> Asked => [.. _asked];

    /// <param name="clock">Tells when a request came.</param>
    /// <param name="answer">What to answer to the request of this number, the first being 1.</param>
    public static async Task<CountingServer> StartAsync(TimeProvider clock, Func<HttpContext, int, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new CountingServer(builder.Build());
        var count = 0;
        server._app.Run(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            server._asked.Enqueue(new Asked(
                clock.GetUtcNow(), $"{http.Request.Method} {http.Request.Path}", http.Request.Headers.ToDictionary(), await reader.ReadToEndAsync()));
            await answer(http, Interlocked.Increment(ref count));
        });
        await server._app.StartAsync();
        return server;
    }

    public static Task<CountingServer> StartAsync(Func<HttpContext, int, Task> answer) => StartAsync(TimeProvider.System, answer);

    /// <summary>Answers with these status codes in turn, the last of them for ever.</summary>
    public static Task<CountingServer> StartAsync(params int[] statuses) => StartAsync((http, number) =>
    {
        http.Response.StatusCode = statuses[Math.Min(number, statuses.Length) - 1];
        return http.Response.WriteAsync($"answer {number}");
    });

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}

internal sealed record Asked(
    DateTimeOffset At, string What, IReadOnlyDictionary<string, Microsoft.Extensions.Primitives.StringValues> Headers, string Body);
