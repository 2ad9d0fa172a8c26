using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Tasklane.Emulator.SignalR;

/// <summary>What a client does, in the two kinds that functions listen for.</summary>
internal enum UpstreamCategory
{
    Connections,
    Messages,
}

/// <summary>What a function learns about the client, in the shape and under the header names of the real service.</summary>
internal sealed class UpstreamContext
{
    public required string ConnectionId { get; init; }

    /// <summary>Null for an anonymous client.</summary>
    public required string? UserId { get; init; }

    public required string Hub { get; init; }

    public required UpstreamCategory Category { get; init; }

    public required string Event { get; init; }

    public required IReadOnlyDictionary<string, StringValues> Headers { get; init; }

    public required IReadOnlyDictionary<string, StringValues> Query { get; init; }

    public required IReadOnlyDictionary<string, StringValues> Claims { get; init; }

    public IReadOnlyList<JsonElement>? Arguments { get; init; }

    /// <summary>Why a connection ended, if not on purpose.</summary>
    public string? Error { get; init; }

    public static UpstreamContext Of(
        ClientConnection client, UpstreamCategory category, string @event, IReadOnlyList<JsonElement>? arguments = null, string? error = null) => new()
        {
            ConnectionId = client.Id,
            UserId = client.UserId,
            Hub = client.Hub.Name,
            Category = category,
            Event = @event,
            Claims = Group(AccessTokens.UserClaimsOf(client.Identity)),
            Query = client.Query
                .Where(q => q.Key != "access_token")
                .ToDictionary(q => q.Key, q => q.Value, StringComparer.OrdinalIgnoreCase),
            Headers = HeadersOf(client, category, @event),
            Arguments = arguments,
            Error = error,
        };

    /// <summary>What the headers of a call by a service elsewhere say; null when one of the four that must be there is missing.</summary>
    public static UpstreamContext? Read(HttpRequest request)
    {
        var headers = request.Headers;
        var (id, hub, @event) = (headers["X-ASRS-Connection-Id"].ToString(), headers["X-ASRS-Hub"].ToString(), headers["X-ASRS-Event"].ToString());
        if (id.Length == 0 || hub.Length == 0 || @event.Length == 0
            || !Enum.TryParse<UpstreamCategory>(headers["X-ASRS-Category"].ToString(), ignoreCase: true, out var category))
        {
            return null;
        }

        return new UpstreamContext
        {
            ConnectionId = id,
            UserId = headers.TryGetValue("X-ASRS-User-Id", out var user) ? user.ToString() : null,
            Hub = hub,
            Category = category,
            Event = @event,
            Claims = Group(ClaimsIn(headers["X-ASRS-User-Claims"].ToString())),
            Query = QueryHelpers.ParseQuery(headers["X-ASRS-Client-Query"].ToString()),
            Headers = headers.ToDictionary(header => header.Key, header => header.Value, StringComparer.OrdinalIgnoreCase),
        };
    }

    /// <summary>The same with what the body of such a call says.</summary>
    public UpstreamContext With(IReadOnlyList<JsonElement>? arguments, string? error) => new()
    {
        ConnectionId = ConnectionId,
        UserId = UserId,
        Hub = Hub,
        Category = Category,
        Event = Event,
        Claims = Claims,
        Query = Query,
        Headers = Headers,
        Arguments = arguments,
        Error = error,
    };

    /// <summary>The JSON that a trigger's parameter is made of.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            if (Arguments is null)
            {
                json.WriteNull(nameof(Arguments));
            }
            else
            {
                json.WriteStartArray(nameof(Arguments));
                foreach (var argument in Arguments)
                    argument.WriteTo(json);
                json.WriteEndArray();
            }

            json.WriteString(nameof(Error), Error);

            // In lower case, as the service writes it in its header.
            json.WriteString(nameof(Category), Category.ToString().ToLowerInvariant());
            json.WriteString(nameof(Event), Event);
            json.WriteString(nameof(Hub), Hub);
            json.WriteString(nameof(ConnectionId), ConnectionId);
            json.WriteString(nameof(UserId), UserId);
            Write(json, nameof(Headers), Headers);
            Write(json, nameof(Query), Query);
            Write(json, nameof(Claims), Claims);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, StringValues> values)
    {
        json.WriteStartObject(name);
        foreach (var (key, several) in values)
        {
            // One value is a string, several are an array.
            if (several.Count == 1)
            {
                json.WriteString(key, several[0]);
                continue;
            }

            json.WriteStartArray(key);
            foreach (var value in several)
                json.WriteStringValue(value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static Dictionary<string, StringValues> HeadersOf(ClientConnection client, UpstreamCategory category, string @event)
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

    // `name: value, name: value`; what has no value is left out, as the real extension does.
    private static IEnumerable<KeyValuePair<string, string>> ClaimsIn(string header) =>
        from claim in header.Split(',', StringSplitOptions.RemoveEmptyEntries)
        let pair = claim.Split(": ", StringSplitOptions.RemoveEmptyEntries)
        where pair.Length == 2
        select KeyValuePair.Create(pair[0].Trim(), pair[1].Trim());

    private static Dictionary<string, StringValues> Group(IEnumerable<KeyValuePair<string, string>> claims)
    {
        var groups = new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase);
        foreach (var (type, value) in claims)
            groups[type] = StringValues.Concat(groups.GetValueOrDefault(type), value);
        return groups;
    }
}
