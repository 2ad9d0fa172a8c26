using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.SignalR;

/// <summary>
/// Carries out message and group actions, one or many, as objects or as JSON of the same shape. The arguments of a
/// message are written by the worker's serializer: PascalCase unless their types say otherwise.
/// </summary>
internal sealed class HubActions(WorkerDataConverter serializer)
{
    /// <summary>Nothing happens for null, empty text and empty collections.</summary>
    /// <exception cref="ArgumentException">A value is no action; those before it have been carried out.</exception>
    public void Apply(Hub hub, object? value)
    {
        switch (value)
        {
            case null:
                break;
            case SignalRMessageAction message:
                Send(hub, message);
                break;
            case SignalRGroupAction group:
                Regroup(hub, group.Action, group.ConnectionId, group.UserId, group.GroupName);
                break;
            case JsonElement json:
                Apply(hub, json);
                break;
            case string text:
                Apply(hub, text);
                break;
            case JsonNode node:
                Apply(hub, node.ToJsonString());
                break;
            case IEnumerable many and not IDictionary:
                foreach (var one in many)
                    Apply(hub, one);
                break;
            default:
                Apply(hub, serializer.Serialize(value)!);
                break;
        }
    }

    private void Send(Hub hub, SignalRMessageAction message)
    {
        ArgumentException.ThrowIfNullOrEmpty(message.Target);
        var audience = new Audience(message.ConnectionId, message.UserId, message.GroupName);
        // Most of what a busy app sends is for somebody who is not there: nothing is written for them.
        if (audience.IsIn(hub))
            audience.Send(hub, HubMessages.Invocation(message.Target, Write(message.Arguments)));
    }

    private static void Apply(Hub hub, string text)
    {
        if (!string.IsNullOrWhiteSpace(text))
            Apply(hub, JsonElement.Parse(text));
    }

    private static void Apply(Hub hub, JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            foreach (var one in json.EnumerateArray())
                Apply(hub, one);
        }
        else if (json.ValueKind != JsonValueKind.Null)
        {
            Apply(hub, Read(json));
        }
    }

    private static void Apply(Hub hub, ActionJson action)
    {
        if (action.Target is { Length: > 0 } target)
            new Audience(action.ConnectionId, action.UserId, action.GroupName)
                .Send(hub, HubMessages.Invocation(target, Array.ConvertAll(action.Arguments ?? [], RawJson.Of)));
        else if (action.Action is { } group)
            Regroup(hub, group, action.ConnectionId, action.UserId, action.GroupName);
        else
            throw NoAction(null);
    }

    private static ActionJson Read(JsonElement json)
    {
        try
        {
            return json.Deserialize<ActionJson>(WorkerDataConverter.DefaultJson)!;
        }
        catch (JsonException e)
        {
            throw NoAction(e);
        }
    }

    // The real host's sentence.
    private static ArgumentException NoAction(Exception? e) =>
        new("Unable to convert JObject to valid output binding type, check parameters.", e);

    private static void Regroup(Hub hub, SignalRGroupActionType action, string? connectionId, string? userId, string? groupName)
    {
        if (action != SignalRGroupActionType.RemoveAll)
            ArgumentException.ThrowIfNullOrEmpty(groupName);
        var ofConnection = !string.IsNullOrEmpty(connectionId);
        if (!ofConnection && string.IsNullOrEmpty(userId))
            throw new ArgumentException("A group action needs a connection id or a user id.");
        switch (action)
        {
            case SignalRGroupActionType.Add when ofConnection:
                // A connection that is gone is no error, as on the real host.
                hub.AddConnectionToGroup(connectionId!, groupName!);
                break;
            case SignalRGroupActionType.Add:
                hub.AddUserToGroup(userId!, groupName!);
                break;
            case SignalRGroupActionType.Remove when ofConnection:
                hub.RemoveConnectionFromGroup(connectionId!, groupName!);
                break;
            case SignalRGroupActionType.Remove:
                hub.RemoveUserFromGroup(userId!, groupName!);
                break;
            case SignalRGroupActionType.RemoveAll when ofConnection:
                hub.RemoveConnectionFromAllGroups(connectionId!);
                break;
            case SignalRGroupActionType.RemoveAll:
                hub.RemoveUserFromAllGroups(userId!);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(action), action, "Unknown group action.");
        }
    }

    private RawJson[] Write(object[]? arguments) =>
        Array.ConvertAll(arguments ?? [], a => a is JsonElement json ? RawJson.Of(json) : RawJson.Of(serializer.Serialize(a)));

    private sealed record ActionJson(
        string? Target,
        JsonElement[]? Arguments,
        string? ConnectionId,
        string? UserId,
        string? GroupName,
        SignalRGroupActionType? Action);
}
