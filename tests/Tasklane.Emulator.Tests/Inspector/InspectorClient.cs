using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Tasklane.Emulator.Tests.Inspector;

/// <summary>What the page at /_emulator asks for and does.</summary>
internal static class InspectorClient
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Task<JsonElement> ListAsync(this HttpClient http, string section, string query = "") =>
        http.GetFromJsonAsync<JsonElement>($"/_emulator/api/{section}{query}", Token);

    public static async Task<JsonElement[]> RowsAsync(this HttpClient http, string section, string query = "") =>
        [.. (await http.ListAsync(section, query)).GetProperty("rows").EnumerateArray()];

    public static Task<JsonElement> ItemAsync(this HttpClient http, string section, string id) =>
        http.GetFromJsonAsync<JsonElement>($"/_emulator/api/{section}/item?id={Uri.EscapeDataString(id)}", Token);

    /// <summary>Does something; returns the sentence that says so.</summary>
    public static async Task<string> DoAsync(this HttpClient http, string section, string id, string action, string? input = null)
    {
        using var answer = await http.ActAsync(section, id, action, input);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.True(answer.IsSuccessStatusCode, body.ToString());
        return body.GetProperty("done").GetString()!;
    }

    /// <summary>Tries to do what cannot be done; returns the sentence that says why.</summary>
    public static async Task<string> FailAsync(this HttpClient http, string section, string id, string action, string? input = null)
    {
        using var answer = await http.ActAsync(section, id, action, input);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("error").GetString()!;
    }

    public static Task<HttpResponseMessage> ActAsync(this HttpClient http, string section, string id, string action, string? input) =>
        http.PostAsJsonAsync($"/_emulator/api/{section}/item/{action}?id={Uri.EscapeDataString(id)}", new { input }, Token);

    public static string Id(this JsonElement row) => row.GetProperty("id").GetString()!;

    /// <summary>A cell as text; of a state, its text.</summary>
    public static string? Cell(this JsonElement row, int column) => Text(row.GetProperty("cells")[column]);

    /// <summary>A field of an item as text; null when it has no value.</summary>
    public static string? Field(this JsonElement item, string name)
    {
        var field = item.GetProperty("fields").EnumerateArray().First(field => field.GetProperty("name").GetString() == name);
        return field.TryGetProperty("value", out var value) ? Text(value) : null;
    }

    public static string[] Actions(this JsonElement item) => item.TryGetProperty("actions", out var actions)
        ? [.. actions.EnumerateArray().Select(action => action.GetProperty("name").GetString()!)]
        : [];

    public static JsonElement[] Moments(this JsonElement item, string timeline) =>
        [.. item.GetProperty("timelines").EnumerateArray().Single(line => line.GetProperty("title").GetString() == timeline).GetProperty("moments").EnumerateArray()];

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Object when value.TryGetProperty("text", out var text) => text.GetString(),
        JsonValueKind.Object when value.TryGetProperty("section", out var section) => $"{section}/{value.GetProperty("id")}",
        _ => value.ToString(),
    };
}
