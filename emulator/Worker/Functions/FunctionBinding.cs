using System.Text.Json;

namespace Tasklane.Emulator.Worker.Functions;

internal enum BindingDirection
{
    In,
    Out,
}

/// <summary>One binding of a function, as its metadata has it: `{"name":"myTimer","type":"timerTrigger","direction":"In",...}`.</summary>
internal sealed class FunctionBinding
{
    /// <summary>The name of the binding that is the function's return value.</summary>
    public const string ReturnName = "$return";

    private readonly JsonElement _raw;

    private FunctionBinding(JsonElement raw, string name, string type, BindingDirection direction)
    {
        _raw = raw;
        Name = name;
        Type = type;
        Direction = direction;
    }

    public string Name { get; }

    /// <summary>`httpTrigger`, `queue`, `signalR`, ...; compared without case.</summary>
    public string Type { get; }

    public BindingDirection Direction { get; }

    public bool IsTrigger => Direction == BindingDirection.In && Type.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the parameter takes a reference to the data instead of the data (`supportsDeferredBinding`).</summary>
    public bool IsDeferred =>
        _raw.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
        && Find(properties, "supportsDeferredBinding") is { } value
        && bool.TryParse(value.ToString(), out var deferred) && deferred;

    public string RawJson => _raw.GetRawText();

    /// <exception cref="FunctionErrorException">It is no binding.</exception>
    public static FunctionBinding Parse(string json)
    {
        try
        {
            var raw = JsonElement.Parse(json);
            var direction = Find(raw, "direction")?.ToString() ?? "In";
            return new FunctionBinding(
                raw,
                Find(raw, "name")?.GetString() ?? throw new FunctionErrorException($"A binding has no name: {json}"),
                Find(raw, "type")?.GetString() ?? throw new FunctionErrorException($"A binding has no type: {json}"),
                direction.Equals("Out", StringComparison.OrdinalIgnoreCase) ? BindingDirection.Out : BindingDirection.In);
        }
        catch (JsonException e)
        {
            throw new FunctionErrorException($"A binding is not JSON: {e.Message}", e);
        }
    }

    /// <summary>A property as text; null when it is not there or null.</summary>
    public string? Text(string property) => Find(_raw, property) is { } value && value.ValueKind != JsonValueKind.Null
        ? value.ToString()
        : null;

    public bool? Flag(string property) => Text(property) is { } text && bool.TryParse(text, out var flag) ? flag : null;

    /// <summary>A property that is an array of texts; empty when it is not there.</summary>
    public IReadOnlyList<string> Texts(string property) => Find(_raw, property) is { ValueKind: JsonValueKind.Array } array
        ? [.. array.EnumerateArray().Select(item => item.ToString())]
        : [];

    private static JsonElement? Find(JsonElement raw, string property)
    {
        foreach (var candidate in raw.EnumerateObject())
        {
            if (candidate.Name.Equals(property, StringComparison.OrdinalIgnoreCase))
                return candidate.Value;
        }

        return null;
    }
}
