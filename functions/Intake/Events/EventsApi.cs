using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tasklane.Intake.Poison;
using Tasklane.Tasks;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Problems;

namespace Tasklane.Intake.Events;

/// <summary>
/// The webhook of Event Grid and of CloudEvents 1.0. It answers when all events of a request are durably tasks. One that can be no
/// task is refused when it is alone; in a batch it goes to the poison queue, so that it neither holds up the others nor is sent for ever.
/// </summary>
public sealed class EventsApi(Arrivals arrivals, PoisonQueue poison, EventSenders senders)
{
    private const int AtOnce = 16;

    [Function("Events")]
    [AllowAnonymous] // a key does as well
    public async Task<IResult> Receive(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", "options", Route = "api/events")] HttpRequest request, [DurableClient] DurableTaskClient client)
    {
        senders.Require(request);
        if (HttpMethods.IsOptions(request.Method))
            return Allow(request);
        var events = await EventBody.ReadAsync(request);
        if (EventBody.ValidationCode(events) is { } code)
            return new JsonAnswer<string>(StatusCodes.Status200OK, code, WriteValidation);
        var tasks = new string?[events.Count];
        TaskException? refused = null;
        await Parallel.ForEachAsync(events.Index(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (one, _) =>
        {
            // Not ended with the connection: what is half done would be done again.
            var arrival = new Arrival(ArrivalSources.Event, IdOf(one.Item), one.Item);
            if (events.Count > 1 && poison.IsThere)
            {
                tasks[one.Index] = await arrivals.TakeAsync(client, arrival, CancellationToken.None);
                return;
            }
            try
            {
                tasks[one.Index] = await arrivals.CreateAsync(client, arrival, CancellationToken.None);
            }
            catch (TaskException refusal) when (!refusal.IsOutage && events.Count > 1)
            {
                Interlocked.CompareExchange(ref refused, refusal, null);
            }
        });
        return refused is null ? new JsonAnswer<string?[]>(StatusCodes.Status200OK, tasks, WriteTasks) : throw refused;
    }

    /// <summary>The CloudEvents webhook's protection against abuse: says that this address wants what that sender has.</summary>
    private static IResult Allow(HttpRequest request)
    {
        var origin = request.Headers["WebHook-Request-Origin"].ToString();
        if (origin.Length == 0)
            throw InvalidRequestException.OfField("WebHook-Request-Origin", FieldErrors.Required);
        var headers = request.HttpContext.Response.Headers;
        headers.Allow = "POST, OPTIONS";
        headers["WebHook-Allowed-Origin"] = origin;
        headers["WebHook-Allowed-Rate"] = "*";
        return TypedResults.Ok();
    }

    /// <summary>For logs and poison notes; whether it is a proper id is seen later.</summary>
    private static string IdOf(string text)
    {
        using var json = JsonDocument.Parse(text);
        return json.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("id", out var id) ? Characters.Shorten(id.ToString()) : "";
    }

    private static void WriteValidation(Utf8JsonWriter json, string code)
    {
        json.WriteStartObject();
        json.WriteString("validationResponse"u8, code);
        json.WriteEndObject();
    }

    private static void WriteTasks(Utf8JsonWriter json, string?[] tasks)
    {
        json.WriteStartObject();
        json.WriteNumber("events"u8, tasks.Length);
        json.WriteStartArray("tasks"u8);
        foreach (var task in tasks)
        {
            if (task is not null)
                json.WriteStringValue(task);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
