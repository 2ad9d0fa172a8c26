using System.Text.Json;
using Azure.Messaging;
using Azure.Messaging.EventGrid;
using Tasklane.Tasks;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Problems;

namespace Tasklane.Intake.Events;

/// <summary>What events become: by their type, as the settings say, or by themselves, when their type is <see cref="TaskEvent"/>.</summary>
public sealed class EventTypes(TasklaneOptions options)
{
    /// <summary>An event of this type has a task in its data, as <c>POST /api/tasks</c> takes it.</summary>
    public const string TaskEvent = "tasklane.task";

    private readonly Dictionary<string, string> _byName = options.Intake.Events;

    internal TaskRequest Read(Arrival arrival)
    {
        var one = Parse(arrival.Text);
        var key = Arrivals.Key("event", one.Source, one.Id);
        if (one.Type == TaskEvent)
            return TaskRequestReader.ReadMessage(one.Data, key);
        if (!_byName.TryGetValue(one.Type, out var type) && !_byName.TryGetValue(Plain(one.Type), out type))
            throw new InvalidRequestException(RequestErrors.UnknownEventType, Characters.Shorten(one.Type), string.Join(", ", _byName.Keys.Prepend(TaskEvent)));
        return new TaskRequest { Type = type, Payload = one.Data, IdempotencyKey = key };
    }

    /// <summary>An event of either schema.</summary>
    /// <param name="Source">Who sent it: with the id, what makes it unique.</param>
    /// <param name="Data">JSON.</param>
    private sealed record Event(string Source, string Id, string Type, ReadOnlyMemory<byte> Data);

    private static Event Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw InvalidRequestException.OfField("", FieldErrors.Type, "object", json.RootElement.ValueKind.ToString().ToLowerInvariant());
            return json.RootElement.TryGetProperty("specversion", out var version) ? OfCloudEvent(text, version) : OfEventGrid(text);
        }
        catch (JsonException broken)
        {
            throw RequestBody.Broken(broken);
        }
        catch (Exception unfit) when (unfit is ArgumentException or InvalidOperationException or FormatException)
        {
            // The library's own sentence names the missing or unfit properties.
            throw InvalidRequestException.OfField("", FieldErrors.Rule, "is no event: " + unfit.Message.Split('\n', '\r')[0]);
        }
    }

    private static Event OfCloudEvent(string text, JsonElement version)
    {
        if (version.ValueKind != JsonValueKind.String || version.GetString() != "1.0")
            throw InvalidRequestException.OfField("/specversion", FieldErrors.OneOf, "1.0", Characters.Shorten(version.ToString()));
        var parsed = CloudEvent.Parse(BinaryData.FromString(text))!;
        return new Event(parsed.Source, parsed.Id, parsed.Type, Data(parsed.Data));
    }

    private static Event OfEventGrid(string text)
    {
        var parsed = EventGridEvent.Parse(BinaryData.FromString(text));
        return new Event(parsed.Topic ?? "", parsed.Id, parsed.EventType, Data(parsed.Data));
    }

    private static ReadOnlyMemory<byte> Data(BinaryData? data) =>
        data?.ToMemory() ?? throw InvalidRequestException.OfField("/data", FieldErrors.Required);

    private static string Plain(string type) => string.Concat(type.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
}
