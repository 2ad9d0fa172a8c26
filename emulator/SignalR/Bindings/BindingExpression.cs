using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.SignalR;

/// <summary>
/// Text of a binding attribute with `{headers.name}`, `{query.name}` or `{name}` (a route value, a query value, binding
/// data; `{name.property}` looks into JSON). Taken apart once; filled in per invocation.
/// </summary>
internal sealed partial class BindingExpression
{
    // Literal text and expressions alternate, beginning and ending with a literal.
    private readonly string[] _parts;

    private BindingExpression(string[] parts) => _parts = parts;

    /// <summary>Null for null: an attribute's property that is not set.</summary>
    public static BindingExpression? Parse(string? text) => text is null ? null : new(Expression().Split(text));

    /// <exception cref="InvalidOperationException">Something named does not exist in this invocation.</exception>
    public string Fill(FunctionContext context)
    {
        if (_parts.Length == 1)
            return _parts[0];
        var filled = new string[_parts.Length];
        for (var i = 0; i < _parts.Length; i++)
            filled[i] = i % 2 == 0 ? _parts[i] : Value(_parts[i], context);
        return string.Concat(filled);
    }

    private static string Value(string expression, FunctionContext context)
    {
        var path = expression.Trim().Split('.', 2);
        var value = path.Length == 1
            ? Data(path[0], null, context)
            : Request(path[0], path[1], context) ?? Data(path[0], path[1], context);
        // The real host's sentence.
        return value ?? throw new InvalidOperationException($"Error while accessing '{path[^1]}': property doesn't exist.");
    }

    private static string? Request(string part, string name, FunctionContext context)
    {
        if (InvocationContext.Of(context).Http is not { } http)
            return null;
        if (part.Equals("headers", StringComparison.OrdinalIgnoreCase))
            return http.Request.Headers.TryGetValue(name, out var header) ? header.ToString() : null;
        if (part.Equals("query", StringComparison.OrdinalIgnoreCase))
            return http.Request.Query.TryGetValue(name, out var query) ? query.ToString() : null;
        return null;
    }

    private static string? Data(string name, string? property, FunctionContext context)
    {
        if (!context.BindingContext.BindingData.TryGetValue(name, out var value) || value is null)
            return null;
        if (property is null)
            return value.ToString();
        try
        {
            var json = value is JsonElement element ? element : JsonElement.Parse(value.ToString()!);
            foreach (var step in property.Split('.'))
                json = json.EnumerateObject().First(p => p.Name.Equals(step, StringComparison.OrdinalIgnoreCase)).Value;
            return json.ToString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\{([^{}]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Expression();
}
