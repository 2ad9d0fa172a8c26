using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Tests.Http;

namespace Tasklane.Emulator.Tests.Durable.Http;

/// <summary>The addresses of the management API that callers are given, here and behind a proxy. HERE is the host's own name and port.</summary>
public sealed class AddressTests
{
    private const string Api = "/runtime/webhooks/durabletask";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Azure's host forwards requests to a worker with the ASP.NET Core integration and sets these headers itself.
    [Theory]
    [InlineData(false, "", "http://HERE")]
    [InlineData(true, "", "http://HERE")]
    [InlineData(false, "X-Forwarded-Host: proxy.example; X-Forwarded-Proto: https; Forwarded: host=proxy.example", "http://HERE")]
    [InlineData(true, "X-Forwarded-Host: proxy.example; X-Forwarded-Proto: https; Forwarded: host=proxy.example", "http://HERE")]
    [InlineData(false, "Host: 127.0.0.1:7071", "http://127.0.0.1:7071")]
    [InlineData(true, "Host: 127.0.0.1:7071", "http://127.0.0.1:7071")]
    public async Task A_worker_with_the_aspnetcore_integration_is_told_how_the_host_was_asked(bool ownProcess, string headers, string expected)
    {
        await using var host = await WebHost.StartAsync(typeof(Probe.Program).Assembly, ownProcess, options => options.Functions = ["DurableCheck"]);

        await AssertAddressesAsync(host, "/durable/check", headers, expected);
    }

    [Theory]
    [InlineData("", "http://HERE")]
    [InlineData("Host: 127.0.0.1:7071", "http://127.0.0.1:7071")]
    [InlineData("X-Forwarded-Host: proxy.example:8443; X-Forwarded-Proto: https", "https://proxy.example:8443")]
    [InlineData("X-Forwarded-Proto: https", "https://HERE")]
    [InlineData("Forwarded: proto=https,host=ignored; X-Forwarded-Host: proxy.example", "http://proxy.example")]
    [InlineData("Forwarded: host=first.example;proto=https; X-Forwarded-Host: proxy.example", "https://first.example")]
    public async Task A_plain_worker_is_told_what_the_caller_says(string headers, string expected)
    {
        await using var host = await WebHost.StartAsync(typeof(PlainProbe.Program).Assembly, false, options => options.Functions = ["Links"]);

        await AssertAddressesAsync(host, "/api/links", headers, expected);
    }

    [Theory]
    [InlineData(null, "http://HERE")]
    [InlineData("app.example", "https://app.example")]
    [InlineData("localhost:80", "http://localhost:80")]
    public async Task Without_a_request_the_name_is_the_websites(string? name, string expected)
    {
        await using var host = await WebHost.StartAsync(typeof(Probe.Program).Assembly, false, options =>
        {
            options.Functions = ["DurableLinks"];
            if (name is not null)
                options.Settings["WEBSITE_HOSTNAME"] = name;
        });
        using var http = host.CreateClient();

        var links = await http.GetFromJsonAsync<JsonElement>("/durable/links/x", Token);

        Assert.Equal($"{Here(host, expected)}{Api}/instances/x", links.GetProperty("statusQueryGetUri").GetString());
    }

    [Theory]
    [InlineData(false, "X-Forwarded-Host: proxy.example; X-Forwarded-Proto: https", "http://HERE")]
    [InlineData(true, "", "http://HERE")]
    [InlineData(true, "X-Forwarded-Host: proxy.example", "http://HERE")]
    [InlineData(true, "X-Forwarded-Host: proxy.example; X-Forwarded-Proto: https", "https://proxy.example:PORT")]
    [InlineData(true, "X-Forwarded-Host: proxy.example:8443; X-Forwarded-Proto: https", "https://proxy.example:8443")]
    public async Task A_start_over_http_heeds_a_proxy_where_host_json_says_so(bool heeds, string headers, string expected)
    {
        await using var host = await WebHost.StartAsync(typeof(Probe.Program).Assembly, false, options =>
        {
            options.Functions = ["WaitForGo"];
            if (heeds)
                options.Settings["AzureFunctionsJobHost__extensions__durableTask__httpSettings__useForwardedHost"] = "true";
        });
        using var http = host.CreateClient();
        using var request = Request(HttpMethod.Post, $"{Api}/orchestrators/WaitForGo/one", headers);

        using var response = await http.SendAsync(request, Token);

        var links = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal($"{Here(host, expected)}{Api}/instances/one", links.GetProperty("statusQueryGetUri").GetString());
        Assert.Equal(links.GetProperty("statusQueryGetUri").GetString(), response.Headers.Location!.ToString());
    }

    private static async Task AssertAddressesAsync(FunctionsTestHost host, string path, string headers, string expected)
    {
        using var http = host.CreateClient();
        using var request = Request(HttpMethod.Get, path, headers);

        using var response = await http.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var instance = $"{Here(host, expected)}{Api}/instances/a%2Fb";
        var links = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal(instance, response.Headers.Location!.OriginalString);
        Assert.Equal(instance, Text(links, "StatusQueryGetUri"));
        Assert.Equal($"{instance}/terminate?reason={{text}}", Text(links, "TerminatePostUri"));
    }

    private static string? Text(JsonElement links, string name) => links.EnumerateObject()
        .Single(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value.GetString();

    private static string Here(FunctionsTestHost host, string text) => text
        .Replace("HERE", host.BaseAddress.Authority, StringComparison.Ordinal)
        .Replace("PORT", $"{host.BaseAddress.Port}", StringComparison.Ordinal);

    private static HttpRequestMessage Request(HttpMethod method, string path, string headers)
    {
        var request = new HttpRequestMessage(method, path);
        foreach (var header in headers.Split("; ", StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = (header[..header.IndexOf(':')], header[(header.IndexOf(':') + 2)..]);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }
}
