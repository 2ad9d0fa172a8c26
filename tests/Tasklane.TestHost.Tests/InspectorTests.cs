using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using DocsDurable;
using DocsStorage;
using Tasklane.Emulator.Testing;

namespace Tasklane.TestHost.Tests;

/// <summary>The page at /_emulator and what it reads.</summary>
public sealed class InspectorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_and_its_files_are_served_and_may_load_nothing_else()
    {
        await using var host = await StartAsync();
        using var client = host.CreateClient();
        (string, string)[] files =
            [("/_emulator", "text/html"), ("/_emulator/inspector.css", "text/css"), ("/_emulator/inspector.js", "text/javascript")];
        foreach (var (path, type) in files)
        {
            using var file = await client.GetAsync(path, Token);
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
            Assert.Equal(type, file.Content.Headers.ContentType!.MediaType);
            var policy = Assert.Single(file.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'; script-src 'self'; style-src 'self'", policy, StringComparison.Ordinal);
            var text = await file.Content.ReadAsStringAsync(Token);
            Assert.DoesNotContain("<script>", text, StringComparison.Ordinal);
            Assert.DoesNotContain(" style=", text, StringComparison.Ordinal);
            Assert.DoesNotContain("https://", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_overview_names_the_app_and_the_sections()
    {
        await using var host = await StartAsync();
        using var client = host.CreateClient();
        var overview = await GetAsync(client, "/_emulator/api");
        Assert.Equal("DocsStorage", overview.GetProperty("app").GetString());
        Assert.True(overview.GetProperty("isHealthy").GetBoolean());
        var names = overview.GetProperty("sections").EnumerateArray().Select(section => section.GetProperty("name").GetString());
        Assert.Contains("functions", names);
        Assert.Contains("invocations", names);
    }

    [Fact]
    public async Task Functions_are_listed_found_and_shown_with_their_bindings()
    {
        await using var host = await StartAsync();
        using var client = host.CreateClient();
        var row = Assert.Single(Rows(await GetAsync(client, "/_emulator/api/functions?search=place")));
        Assert.Equal("PlaceOrder", row.GetProperty("id").GetString());
        Assert.Equal("ready", row.GetProperty("cells")[0].GetProperty("text").GetString());
        Assert.Equal("POST /api/orders", row.GetProperty("cells")[3].GetString());

        var detail = await GetAsync(client, "/_emulator/api/functions/item?id=placeorder");
        Assert.Contains(
            detail.GetProperty("fields").EnumerateArray(), field => field.GetProperty("name").GetString() == "Out Message");
        Assert.Empty(detail.GetProperty("actions").EnumerateArray());
    }

    [Fact]
    public async Task A_function_in_error_says_so()
    {
        // No connection string, and outputs are not captured: the queue has nowhere to be.
        await using var host = await FunctionsTestHost.StartAsync<Order>(
            o => (o.Functions, o.FailOnFunctionErrors) = (["PlaceOrder"], false), Token);
        using var client = host.CreateClient();
        var row = Assert.Single(Rows(await GetAsync(client, "/_emulator/api/functions?search=error")));
        Assert.Contains("'AzureWebJobsStorage' does not exist", row.GetProperty("cells")[4].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invocation_is_listed_with_how_it_ended_and_lists_have_pages()
    {
        await using var host = await StartAsync();
        using var client = host.CreateClient();
        for (var i = 1; i <= 3; i++)
        {
            using var answer = await client.PostAsJsonAsync("/api/orders", new Order($"o{i}", "Ada", 1), Token);
            await host.Outputs.WaitAsync(output => output.As<Order>()!.Id == $"o{i}", cancellationToken: Token);
        }

        var first = await GetAsync(client, "/_emulator/api/invocations?search=placeorder&limit=2");
        Assert.Equal(2, Rows(first).Count());
        var second = await GetAsync(client, $"/_emulator/api/invocations?search=placeorder&limit=2&after={first.GetProperty("next").GetString()}");
        var row = Assert.Single(Rows(second));
        Assert.False(second.TryGetProperty("next", out _));
        var detail = await GetAsync(client, $"/_emulator/api/invocations/item?id={row.GetProperty("id").GetString()}");
        Assert.Equal("PlaceOrder", detail.GetProperty("title").GetString());
    }

    [Fact]
    public async Task What_is_not_there_is_404_and_what_cannot_be_done_is_a_sentence()
    {
        await using var host = await StartAsync();
        using var client = host.CreateClient();
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/_emulator/api/nonsense", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/_emulator/api/functions/item?id=Nobody", Token)).StatusCode);
        using var refused = await client.PostAsJsonAsync("/_emulator/api/functions/item/run?id=PlaceOrder", new { }, Token);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("'PlaceOrder' cannot 'run'.", (await refused.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_post_that_is_not_json_is_refused()
    {
        await using var host = await StartAsync();
        using var client = host.CreateClient();
        using var form = new FormUrlEncodedContent([]);
        using var answer = await client.PostAsync("/_emulator/api/functions/item/run?id=PlaceOrder", form, Token);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    private static Task<FunctionsTestHost> StartAsync() =>
        FunctionsTestHost.StartAsync<Order>(o => (o.Functions, o.CaptureOutputsOnly) = (["PlaceOrder"], true), Token);

    private static IEnumerable<JsonElement> Rows(JsonElement list) => list.GetProperty("rows").EnumerateArray();

    private static async Task<JsonElement> GetAsync(HttpClient client, string path) => await client.GetFromJsonAsync<JsonElement>(path, Token);
}
