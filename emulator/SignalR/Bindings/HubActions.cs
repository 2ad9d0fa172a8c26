using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tasklane.Emulator.SignalR;

/// <summary>Carries out message and group actions, one or an array of them, in the JSON the worker writes.</summary>
internal static class HubActions
{
    private static readonly JsonSerializerOptions _names = new() { PropertyNameCaseInsensitive = true };

    /// <summary>Nothing happens for null, empty text and an empty array.</summary>
    /// <exception cref="ArgumentException">A value is no action; those before it have been carried out.</exception>
    public static void Apply(Hub hub, string json)
    {
        if (!string.IsNullOrWhiteSpace(json))
            Apply(hub, JsonElement.Parse(json));
    }

    private static void Apply(Hub hub, JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            foreach (var one in json.EnumerateArray())
                Apply(hub, one);
        }
        else if (json.ValueKind == JsonValueKind.String)
        {
            Apply(hub, json.GetString()!);
        }
        else if (json.ValueKind != JsonValueKind.Null)
        {
            Apply(hub, Read(json));
        }
    }

    private static void Apply(Hub hub, ActionJson action)
    {
        if (action.Target is { Length: > 0 } target)
        {
            // Most of what a busy app sends is for somebody who is not there: nothing is written for them.
            var audience = new Audience(action.ConnectionId, action.UserId, action.GroupName);
            if (audience.IsIn(hub))
                audience.Send(hub, HubMessages.Invocation(target, Array.ConvertAll(action.Arguments ?? [], RawJson.Of)));
        }
        else if (action.Action is { } group)
        {
            Regroup(hub, group, action.ConnectionId, action.UserId, action.GroupName);
        }
        else
        {
            throw NoAction(null);
        }
    }

    private static ActionJson Read(JsonElement json)
    {
        try
        {
            return json.Deserialize<ActionJson>(_names)!;
        }
        catch (JsonException e)
        {
            throw NoAction(e);
        }
    }

    // The real host's sentence.
    private static ArgumentException NoAction(Exception? e) =>
        new("Unable to convert JObject to valid output binding type, check parameters.", e);

    private static void Regroup(Hub hub, GroupAction action, string? connectionId, string? userId, string? groupName)
    {
        if (action != GroupAction.RemoveAll)
            ArgumentException.ThrowIfNullOrEmpty(groupName);
        var ofConnection = !string.IsNullOrEmpty(connectionId);
        if (!ofConnection && string.IsNullOrEmpty(userId))
            throw new ArgumentException("A group action needs a connection id or a user id.");
        switch (action)
        {
            case GroupAction.Add when ofConnection:
                // A connection that is gone is no error, as on the real host.
                hub.AddConnectionToGroup(connectionId!, groupName!);
                break;
            case GroupAction.Add:
                hub.AddUserToGroup(userId!, groupName!);
                break;
            case GroupAction.Remove when ofConnection:
                hub.RemoveConnectionFromGroup(connectionId!, groupName!);
                break;
            case GroupAction.Remove:
                hub.RemoveUserFromGroup(userId!, groupName!);
                break;
            case GroupAction.RemoveAll when ofConnection:
                hub.RemoveConnectionFromAllGroups(connectionId!);
                break;
            case GroupAction.RemoveAll:
                hub.RemoveUserFromAllGroups(userId!);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(action), action, "Unknown group action.");
        }
    }

    [JsonConverter(typeof(JsonStringEnumConverter<GroupAction>))]
    private enum GroupAction
    {
        Add,
        Remove,
        RemoveAll,
    }

    private sealed record ActionJson(
        string? Target,
        JsonElement[]? Arguments,
        string? ConnectionId,
        string? UserId,
        string? GroupName,
        GroupAction? Action);
}
