using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Primitives;

namespace Tasklane.Emulator.SignalR;

/// <summary>What a function learns about the client, in the shape and under the header names of the real service.</summary>
internal static class InvocationContexts
{
    public static SignalRInvocationContext Of(ClientConnection client, SignalRInvocationCategory category, string @event) => new()
    {
        ConnectionId = client.Id,
        // Null for an anonymous client, whatever the property promises: so on the real host.
        UserId = client.UserId!,
        Hub = client.Hub.Name,
        Category = category,
        Event = @event,
        Claims = Group(AccessTokens.UserClaimsOf(client.Identity)),
        Query = client.Query
            .Where(q => q.Key != "access_token")
            .ToDictionary(q => q.Key, q => q.Value, StringComparer.OrdinalIgnoreCase),
        Headers = Headers(client, category, @event),
    };

    private static Dictionary<string, StringValues> Headers(
        ClientConnection client, SignalRInvocationCategory category, string @event)
    {
        var headers = new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase)
        {
            ["X-ASRS-Connection-Id"] = client.Id,
            ["X-ASRS-Hub"] = client.Hub.Name,
            ["X-ASRS-Category"] = category.ToString().ToLowerInvariant(),
            ["X-ASRS-Event"] = @event,
        };
        if (client.UserId is { } user)
            headers["X-ASRS-User-Id"] = user;
        return headers;
    }

    private static Dictionary<string, StringValues> Group(IEnumerable<KeyValuePair<string, string>> claims)
    {
        var groups = new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase);
        foreach (var (type, value) in claims)
            groups[type] = StringValues.Concat(groups.GetValueOrDefault(type), value);
        return groups;
    }
}
