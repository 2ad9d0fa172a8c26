using System.Net.Http.Json;
using System.Text.Json;
using Tasklane.Testbed;

namespace Tasklane.Bench;

/// <summary>A server under load: it takes tasks at <see cref="Tasks"/> and knows how many it has completed.</summary>
internal abstract class Contestant : IAsyncDisposable
{
    public abstract Uri Tasks { get; }

    /// <summary>Value of the Authorization header for its clients.</summary>
    public virtual string? Authorization => null;

    /// <summary>Tasks completed since it started.</summary>
    public abstract Task<long> CompletedAsync(CancellationToken ct);

    public abstract ValueTask DisposeAsync();

    /// <summary>Until at least so many are complete.</summary>
    /// <exception cref="InvalidOperationException">They were not within a minute: something that was accepted is lost or stuck.</exception>
    public async Task DrainAsync(long accepted, CancellationToken ct)
    {
        var clock = TimeProvider.System;
        var start = clock.GetTimestamp();
        long completed;
        while ((completed = await CompletedAsync(ct)) < accepted)
        {
            if (clock.GetElapsedTime(start) > TimeSpan.FromMinutes(1))
                throw new InvalidOperationException($"{completed} of {accepted} accepted tasks were complete after a minute.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), clock, ct);
        }
    }
}

/// <summary>bench/peers/fastify-bullmq.mjs: what a Node team would deploy instead.</summary>
internal sealed class FastifyBullMq : Contestant
{
    private readonly ChildProcess process;
    private readonly HttpClient http;

    private FastifyBullMq(ChildProcess process, Uri url)
    {
        this.process = process;
        http = new HttpClient { BaseAddress = url };
    }

    public override Uri Tasks => new(http.BaseAddress!, "api/tasks");

    public static async Task<FastifyBullMq> StartAsync(RedisServer redis, CancellationToken ct)
    {
        var port = FreePort.Next();
        var process = ChildProcess.Start("node", ["fastify-bullmq.mjs"], Layout.Peers, new Dictionary<string, string?>
        {
            ["PORT"] = $"{port}",
            ["REDIS_PORT"] = $"{redis.Port}",
            ["CONCURRENCY"] = $"{HttpBench.Concurrency}",
            ["NODE_ENV"] = "production",
        });
        await process.LineAsync("listening", ct: ct);
        return new FastifyBullMq(process, new Uri($"http://127.0.0.1:{port}/"));
    }

    public override async Task<long> CompletedAsync(CancellationToken ct) =>
        (await http.GetFromJsonAsync<JsonElement>("stats", ct)).GetProperty("completed").GetInt64();

    public override async ValueTask DisposeAsync()
    {
        http.Dispose();
        await process.DisposeAsync();
    }
}

/// <summary>The app as ./dev run starts it.</summary>
internal sealed class TasklaneApp : Contestant
{
    private readonly AppProcess process;
    private readonly TempDirectory directory;
    private readonly string token;

    private TasklaneApp(AppProcess process, TempDirectory directory, string token)
    {
        this.process = process;
        this.directory = directory;
        this.token = token;
        process.Http.DefaultRequestHeaders.Authorization = new("Bearer", token);
    }

    public HttpClient Http => process.Http;

    public override Uri Tasks => new($"http://127.0.0.1:{process.Url.Port}/api/tasks");

    public override string Authorization => $"Bearer {token}";

    /// <param name="store">sqlite, or redis with its server.</param>
    /// <param name="redis">The server of the Redis store.</param>
    /// <param name="ct">Ends the wait.</param>
    public static async Task<TasklaneApp> StartAsync(string store, RedisServer? redis, CancellationToken ct)
    {
        var directory = new TempDirectory("bench");
        var process = await AppProcess.StartAsync(directory.Path, new Dictionary<string, string?>
        {
            ["Tasklane__Store"] = store,
            ["Tasklane__Redis"] = redis?.ConnectionString,
            ["Tasklane__Lanes__MaxRunning"] = $"{HttpBench.Concurrency}",
        }, ct: ct);
        return new TasklaneApp(process, directory, await process.SignInAsync("bench", ct: ct));
    }

    public override async Task<long> CompletedAsync(CancellationToken ct) =>
        (await Http.GetFromJsonAsync<JsonElement>("api/v1/queue/stats", ct)).GetProperty("totals").GetProperty("completed").GetInt64();

    public override async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        directory.Dispose();
    }
}
