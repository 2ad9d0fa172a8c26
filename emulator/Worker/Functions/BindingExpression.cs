using System.Text.Json;
using System.Text.RegularExpressions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker.Functions;

/// <summary>
/// Text of a binding with `{headers.name}`, `{query.name}`, `{name}` (a route value, trigger metadata, a property of the trigger's
/// JSON; `{name.property}` looks into JSON) and `{rand-guid}`. Taken apart once; filled in per invocation.
/// </summary>
internal sealed partial class BindingExpression
{
    // Literal text and expressions alternate, beginning and ending with a literal.
    private readonly string[] _parts;

    private BindingExpression(string[] parts) => _parts = parts;

    /// <summary>Whether it is the same for every invocation.</summary>
    public bool IsConstant => _parts.Length == 1;

    /// <summary>Null for null: a property that is not set.</summary>
    public static BindingExpression? Parse(string? text) => text is null ? null : new(Expression().Split(text));

    /// <exception cref="InvalidOperationException">Something named does not exist in this invocation.</exception>
    public string Fill(Invocation invocation)
    {
        if (IsConstant)
            return _parts[0];
        var filled = new string[_parts.Length];
        for (var i = 0; i < _parts.Length; i++)
            filled[i] = i % 2 == 0 ? _parts[i] : Value(_parts[i], invocation);
        return string.Concat(filled);
    }

    private static string Value(string expression, Invocation invocation)
    {
        var path = expression.Trim().Split('.', 2);
        var value = path.Length == 1
            ? WellKnown(path[0]) ?? Data(path[0], null, invocation)
            : Request(path[0], path[1], invocation) ?? Data(path[0], path[1], invocation);

        // The real host's sentence.
        return value ?? throw new InvalidOperationException($"Error while accessing '{path[^1]}': property doesn't exist.");
    }

    private static string? WellKnown(string name) => name.ToUpperInvariant() switch
    {
        "RAND-GUID" => Guid.NewGuid().ToString(),
        _ => null,
    };

    private static string? Request(string part, string name, Invocation invocation)
    {
        if (invocation.Http is not { } http)
            return null;
        if (part.Equals("headers", StringComparison.OrdinalIgnoreCase))
            return http.Request.Headers.TryGetValue(name, out var header) ? header.ToString() : null;
        if (part.Equals("query", StringComparison.OrdinalIgnoreCase))
            return http.Request.Query.TryGetValue(name, out var query) ? query.ToString() : null;
        return null;
    }

    private static string? Data(string name, string? property, Invocation invocation)
    {
        if (invocation.Http is { } http)
        {
            if (property is null && http.Request.RouteValues.TryGetValue(name, out var route) && route is not null)
                return route.ToString();
            if (property is null && http.Request.Query.TryGetValue(name, out var query))
                return query.ToString();
        }

        if (invocation.HasTriggerMetadata && invocation.TriggerMetadata.TryGetValue(name, out var value))
            return property is null ? Text(value) : Property(Text(value), property);
        var trigger = invocation.TriggerData is { } data ? Text(data) : null;
        if (invocation.Function.Trigger!.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            return property is null ? trigger : Property(trigger, property);
        return Property(trigger, property is null ? name : $"{name}.{property}");
    }

    private static string? Property(string? json, string path)
    {
        if (json is not { Length: > 0 } || json.TrimStart() is not ['{', ..])
            return null;
        try
        {
            var value = JsonElement.Parse(json);
            foreach (var step in path.Split('.'))
                value = value.EnumerateObject().First(p => p.Name.Equals(step, StringComparison.OrdinalIgnoreCase)).Value;
            return value.ToString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Text(TypedData data) => data.DataCase switch
    {
        TypedData.DataOneofCase.String => data.String,
        TypedData.DataOneofCase.Json => data.Json,
        TypedData.DataOneofCase.Int => data.Int.ToString(System.Globalization.CultureInfo.InvariantCulture),
        TypedData.DataOneofCase.Bytes => data.Bytes.ToStringUtf8(),
        _ => null,
    };

    [GeneratedRegex(@"\{([^{}]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Expression();
}
