using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tasklane.Tasks;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Problems;

namespace Tasklane.Intake.Poison;

/// <summary>Poison messages over HTTP, for admins. Boxes: "queue" (queue messages, blobs, events) and "stream".</summary>
public sealed class PoisonApi(IEnumerable<IPoisonBox> boxes)
{
    private const int MostListed = 32;

    [Function("ListPoison"), Authorize(Roles = AccessRoles.Seers)]
    [QueryParameters("pageSize")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/poison/{box}")] HttpRequest request, string box)
    {
        var found = Box(request, box);
        var most = (int)new Query(request).Number("pageSize", MostListed, 1, MostListed);
        return new JsonAnswer<PoisonPage>(StatusCodes.Status200OK, await found.ListAsync(most, request.HttpContext.RequestAborted), Write);
    }

    /// <summary>Sends all of a box round again, or the one that <c>?id=</c> names.</summary>
    [Function("RequeuePoison"), Authorize(Roles = AccessRoles.Actors)]
    [QueryParameters("id")]
    public async Task<IResult> SendAgain(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/poison/{box}/requeue")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string box)
    {
        var found = Box(request, box);
        await RequestBody.RequireNoneAsync(request);
        var id = new Query(request).Text("id");
        var sent = await found.SendAgainAsync(client, id, request.HttpContext.RequestAborted);
        return id is not null && sent is { Sent: 0, Refused: [] }
            ? throw new InvalidRequestException(RequestErrors.PoisonNotFound)
            : new JsonAnswer<SentAgain>(StatusCodes.Status200OK, sent, Write);
    }

    [Function("DropPoison"), Authorize(Roles = AccessRoles.Actors)]
    public async Task<IResult> Drop(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/admin/poison/{box}/{id}")] HttpRequest request, string box, string id)
    {
        var found = Box(request, box);
        await RequestBody.RequireNoneAsync(request);
        return await found.DropAsync(id, request.HttpContext.RequestAborted)
            ? TypedResults.NoContent()
            : throw new InvalidRequestException(RequestErrors.PoisonNotFound);
    }

    private IPoisonBox Box(HttpRequest request, string name) =>
        boxes.FirstOrDefault(box => box.Name == name)
            ?? throw new InvalidRequestException(RequestErrors.RouteNotFound, Characters.Shorten(request.Path.Value ?? ""));

    private static void Write(Utf8JsonWriter json, PoisonPage page)
    {
        json.WriteStartObject();
        json.WriteNumber("total"u8, page.Total);
        Write(json, "messages", page.Messages);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SentAgain sent)
    {
        json.WriteStartObject();
        json.WriteNumber("sent"u8, sent.Sent);
        json.WriteStartArray("tasks"u8);
        foreach (var task in sent.Tasks)
            json.WriteStringValue(task);
        json.WriteEndArray();
        Write(json, "refused", sent.Refused);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<PoisonMessage> messages)
    {
        json.WriteStartArray(name);
        foreach (var message in messages)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, message.Id);
            json.WriteString("source"u8, message.Source);
            if (message.At is { } at)
                Timestamps.Write(json, "at"u8, at);
            json.WriteString("code"u8, message.Code);
            json.WriteString("reason"u8, message.Reason);
            json.WriteString("text"u8, message.Text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
