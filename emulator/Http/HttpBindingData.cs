using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Tasklane.Emulator.Http;

/// <summary>
/// The binding data of a request, read straight from it: route values, then the query, then "Query" and "Headers" as
/// JSON. Most functions never look, so nothing is copied.
/// </summary>
internal sealed class HttpBindingData(HttpContext http) : IReadOnlyDictionary<string, object?>
{
    private static readonly string[] Whole = ["Query", "Headers"];

    public object? this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException(key);

    public IEnumerable<string> Keys =>
        http.Request.RouteValues.Keys.Concat(http.Request.Query.Keys).Concat(Whole).Distinct(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<object?> Values => Keys.Select(key => this[key]);

    public int Count => Keys.Count();

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value)
    {
        if (http.Request.RouteValues.TryGetValue(key, out value))
            return true;
        if (http.Request.Query.TryGetValue(key, out var query))
        {
            value = query.ToString();
            return true;
        }
        value = key switch
        {
            "Query" => Json(http.Request.Query),
            "Headers" => Json(http.Request.Headers),
            _ => null,
        };
        return value is not null;
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() =>
        Keys.Select(key => KeyValuePair.Create(key, this[key])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string Json(IEnumerable<KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues>> pairs) =>
        JsonSerializer.Serialize(pairs.ToDictionary(p => p.Key, p => p.Value.ToString()));
}
