using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>Whether the service lives and can serve, for probes: no sign-in, no internals.</summary>
public sealed class HealthApi(ITaskStore store, TasklaneOptions options, TimeProvider time, ILogger<HealthApi> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    [Function("Health")]
    [AllowAnonymous]
    public Task<IResult> Health(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/health")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        AnswerAsync(client, request.HttpContext.RequestAborted);

    /// <summary>The process answers; whatever it depends on may be away, and a restart would not bring that back.</summary>
    [Function("HealthLive")]
    [AllowAnonymous]
    public IResult Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/health/live")] HttpRequest request) =>
        new JsonAnswer<IReadOnlyList<Dependency>>(StatusCodes.Status200OK, [], Write);

    /// <summary>503 while something that requests need is away.</summary>
    [Function("HealthReady")]
    [AllowAnonymous]
    public Task<IResult> Ready(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/health/ready")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        AnswerAsync(client, request.HttpContext.RequestAborted);

    private async Task<IResult> AnswerAsync(DurableTaskClient client, CancellationToken cancellation)
    {
        var all = await Task.WhenAll(
            TryAsync("store", store.PingAsync, cancellation),
            TryAsync("durable", ct => client.GetInstanceAsync(Instances.EventPumpOf(options.Hub), ct), cancellation));
        var status = all.All(one => one.IsHealthy) ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return new JsonAnswer<IReadOnlyList<Dependency>>(status, all, Write);
    }

    private async Task<Dependency> TryAsync(string name, Func<CancellationToken, Task> probe, CancellationToken cancellation)
    {
        var begin = time.GetTimestamp();
        try
        {
            await probe(cancellation).WaitAsync(Patience, time, cancellation);
            return new Dependency(name, true, time.GetElapsedTime(begin));
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            logger.LogWarning(failure, "The health check of '{Name}' failed.", name);
            return new Dependency(name, false, time.GetElapsedTime(begin));
        }
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<Dependency> all)
    {
        json.WriteStartObject();
        json.WriteString("status"u8, Status(all.All(one => one.IsHealthy)));
        json.WriteStartArray("dependencies"u8);
        foreach (var one in all)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, one.Name);
            json.WriteString("status"u8, Status(one.IsHealthy));
            json.WriteNumber("ms"u8, Math.Round(one.Took.TotalMilliseconds, 1));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Status(bool isHealthy) => isHealthy ? "healthy" : "unhealthy";

    private sealed record Dependency(string Name, bool IsHealthy, TimeSpan Took);
}
