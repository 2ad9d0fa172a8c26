using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Http.Keys;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Tests.Http;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable.Http;

/// <summary>Where keys are required, the management API asks for its system key, and every address of it that the host gives away has it.</summary>
public abstract partial class ManagementKeyTests(bool ownProcess) : IAsyncLifetime
{
    private const string KeyName = "durabletask_extension";

    private FunctionsTestHost _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private HostKeys Keys => _app.HostServices.GetRequiredService<HostKeys>();

    public async ValueTask InitializeAsync()
    {
        _app = await WebHost.StartAsync(typeof(global::Probe.Program).Assembly, ownProcess, options =>
        {
            options.Functions = ["DurableStart", "DurableLinks", "DurableCheckNew", "WaitForGo"];
            options.Settings["TASKLANE_EMULATOR_REQUIRE_KEYS"] = "true";
        });
        _http = WebHost.Client(_app);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("GET", "instances")]
    [InlineData("GET", "instances/x")]
    [InlineData("DELETE", "instances/x")]
    [InlineData("POST", "instances/x/terminate")]
    [InlineData("POST", "instances/x/raiseEvent/go")]
    [InlineData("POST", "orchestrators/WaitForGo")]
    [InlineData("GET", "entities")]
    public async Task Without_the_key_nothing_is_answered(string method, string path)
    {
        foreach (var key in (string[])["", "?code=", "?code=wrong", $"?code={Uri.EscapeDataString(Keys.In(KeyScope.Host)["default"])}"])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/runtime/webhooks/durabletask/{path}{key}");
            Assert.Equal(HttpStatusCode.Unauthorized, (await _http.SendAsync(request, Token)).StatusCode);
        }
    }

    [Fact]
    public async Task The_links_of_a_client_work_and_lead_on()
    {
        var id = await (await _http.PostAsync("/durable/start/WaitForGo", null, Token)).Content.ReadAsStringAsync(Token);
        var links = await _http.GetFromJsonAsync<JsonElement>($"/durable/links/{id}", Token);
        await WorkAsync(name => links.EnumerateObject().First(link => link.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value.GetString()!);
    }

    [Fact]
    public async Task The_links_of_a_check_status_response_work()
    {
        using var answer = await _http.PostAsync("/durable/check/WaitForGo", null, Token);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await _http.GetAsync(answer.Headers.Location, Token)).StatusCode);
        var links = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
        await WorkAsync(name => links.EnumerateObject().First(link => link.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value.GetString()!);
    }

    [Fact]
    public async Task The_links_of_the_management_api_work()
    {
        using var answer = await _http.PostAsync($"/runtime/webhooks/durabletask/orchestrators/WaitForGo?code={Uri.EscapeDataString(Keys.SystemKey(KeyName)!)}", null, Token);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await _http.GetAsync(answer.Headers.Location, Token)).StatusCode);
        var links = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
        await WorkAsync(name => links.GetProperty(name).GetString()!);
        foreach (var link in links.EnumerateObject().Where(link => link.Name != "id"))
            Assert.Contains("code=", link.Value.GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renewed_key_is_in_the_next_links_and_the_old_one_opens_nothing()
    {
        var id = await (await _http.PostAsync("/durable/start/WaitForGo", null, Token)).Content.ReadAsStringAsync(Token);
        var before = (await _http.GetFromJsonAsync<JsonElement>($"/durable/links/{id}", Token)).GetProperty("statusQueryGetUri").GetString();
        using var renewed = await _http.PostAsync($"/admin/host/systemkeys/{KeyName}?code={Uri.EscapeDataString(Keys.Master)}", null, Token);
        Assert.Equal(HttpStatusCode.OK, renewed.StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, (await _http.GetAsync(before, Token)).StatusCode);
        var after = (await _http.GetFromJsonAsync<JsonElement>($"/durable/links/{id}", Token)).GetProperty("statusQueryGetUri").GetString();
        Assert.Equal(HttpStatusCode.Accepted, (await _http.GetAsync(after, Token)).StatusCode);
    }

    // Suspends and resumes it, sends it what it waits for, and reads how it ended: all by links alone.
    private async Task WorkAsync(Func<string, string> link)
    {
        using var status = await _http.GetAsync(link("statusQueryGetUri"), Token);
        Assert.Equal(HttpStatusCode.Accepted, status.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await _http.GetAsync(status.Headers.Location, Token)).StatusCode);
        await PostAsync(link("suspendPostUri"));
        await PostAsync(link("resumePostUri"));
        using var data = JsonContent.Create("off");
        using var raised = await _http.PostAsync(link("sendEventPostUri").Replace("{eventName}", "go", StringComparison.Ordinal), data, Token);
        Assert.Equal(HttpStatusCode.Accepted, raised.StatusCode);
        var id = InstanceId().Match(link("statusQueryGetUri")).Groups[1].Value;
        await _app.DurableTaskClient.WaitForInstanceCompletionAsync(id, Token);
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync(link("statusQueryGetUri"), Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _http.DeleteAsync(link("purgeHistoryDeleteUri"), Token)).StatusCode);
    }

    private async Task PostAsync(string link)
    {
        using var answer = await _http.PostAsync(link.Replace("{text}", "why", StringComparison.Ordinal), null, Token);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    [GeneratedRegex("/instances/([^/?]+)")]
    private static partial Regex InstanceId();
}

public sealed class ManagementKeyInProcessTests() : ManagementKeyTests(ownProcess: false);

public sealed class ManagementKeyOwnProcessTests() : ManagementKeyTests(ownProcess: true);
