using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Emulator.Tests.SignalR;

/// <summary>Another process steers the service by its REST API; real clients see what it does.</summary>
public sealed class RestApiTests(SignalRClients clients) : IClassFixture<SignalRClients>, IDisposable
{
    private readonly HttpClient _http = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Sends_reach_everybody_a_user_a_group_and_a_connection_in_both_versions()
    {
        await using var host = await ServiceHost.StartAsync();
        var ann = await ConnectAsync(host, "ann");
        var bob = await ConnectAsync(host, "bob");
        host.Hub.AddUserToGroup("ann", "a/b");
        string[] toAnn = ["", "/users/ann", "/groups/a%2Fb", $"/connections/{ann.ConnectionId}"];
        string[] toBob = ["", $"?excluded={ann.ConnectionId}"];
        string[] whoms = [.. toAnn, toBob[1]];
        foreach (var (root, suffix) in ((string, string)[])[("api/v1/hubs/chat", ""), ("api/hubs/Chat", "/:send")])
        {
            foreach (var whom in whoms)
            {
                var path = whom.StartsWith('?') ? root + suffix + whom : root + whom + suffix;
                var message = new { Target = "news", Arguments = new object[] { whom, 1 } };
                Assert.Equal(HttpStatusCode.Accepted, await CallAsync(host, HttpMethod.Post, path, message));
            }
        }

        foreach (var expected in toAnn.Concat(toAnn))
            Assert.Equal(expected, (await ann.NextAsync(Ct)).Arguments[0].GetString());
        foreach (var expected in toBob.Concat(toBob))
            Assert.Equal(expected, (await bob.NextAsync(Ct)).Arguments[0].GetString());
    }

    [Fact]
    public async Task Groups_are_changed_and_asked_about()
    {
        await using var host = await ServiceHost.StartAsync();
        var ann = await ConnectAsync(host, "ann");
        const string hub = "api/hubs/chat";
        var member = $"{hub}/groups/g/connections/{ann.ConnectionId}";

        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(host, HttpMethod.Head, $"{hub}/groups/g"));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(host, HttpMethod.Put, member));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(host, HttpMethod.Head, $"{hub}/groups/g"));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(host, HttpMethod.Delete, member));
        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(host, HttpMethod.Head, $"{hub}/groups/g"));
        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(host, HttpMethod.Put, $"{hub}/groups/g/connections/absent"));

        Assert.Equal(HttpStatusCode.OK, await CallAsync(host, HttpMethod.Put, $"{hub}/users/ann/groups/g"));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(host, HttpMethod.Head, $"{hub}/users/ann/groups/g"));
        Assert.True(host.Hub.HasGroup("g"));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(host, HttpMethod.Delete, $"{hub}/users/ann/groups"));
        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(host, HttpMethod.Head, $"{hub}/users/ann/groups/g"));
        Assert.False(host.Hub.HasGroup("g"));

        host.Hub.AddConnectionToGroup(ann.ConnectionId, "g");
        var allGroups = $"{hub}/connections/{ann.ConnectionId}/groups";
        Assert.Equal(HttpStatusCode.OK, await CallAsync(host, HttpMethod.Delete, allGroups));
        Assert.False(host.Hub.HasGroup("g"));
    }

    [Fact]
    public async Task Connections_are_asked_about_and_closed()
    {
        await using var host = await ServiceHost.StartAsync();
        var ann = await ConnectAsync(host, "ann");
        var bob = await ConnectAsync(host, "bob");
        var annsConnection = $"api/hubs/chat/connections/{ann.ConnectionId}";

        Assert.Equal(HttpStatusCode.OK, await CallAsync(host, HttpMethod.Head, annsConnection));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(host, HttpMethod.Head, "api/hubs/chat/users/bob"));
        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(host, HttpMethod.Head, "api/hubs/chat/users/eve"));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(host, HttpMethod.Delete, $"{annsConnection}?reason=enough"));
        Assert.Contains("enough", await ann.Closed.WaitAsync(Ct));
        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(host, HttpMethod.Delete, annsConnection));

        Assert.Equal(HttpStatusCode.NoContent, await CallAsync(host, HttpMethod.Post, "api/hubs/chat/:closeConnections?reason=over"));
        Assert.Contains("over", await bob.Closed.WaitAsync(Ct));
    }

    [Fact]
    public async Task A_generated_token_connects_a_client()
    {
        await using var host = await ServiceHost.StartAsync();
        using var answer = await SendAsync(host, HttpMethod.Post, "api/hubs/chat/:generateToken?userId=ann&minutesToExpire=5");
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("token").GetString();

        await clients.ConnectAsync(host.ClientUrl(), new() { AccessToken = token }, Ct);

        Assert.True(host.Hub.HasUser("ann"));
    }

    [Fact]
    public async Task Calls_need_a_token_for_their_path_and_a_message()
    {
        await using var host = await ServiceHost.StartAsync();
        const string path = "api/v1/hubs/chat";
        var message = new { target = "news", arguments = Array.Empty<object>() };
        Task<HttpStatusCode> PostAsync(string to, object body, string? tokenFor = null) =>
            CallAsync(host, HttpMethod.Post, to, body, tokenFor);

        Assert.Equal(HttpStatusCode.Accepted, await PostAsync(path, message));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(path, message, tokenFor: "api/v1/hubs/other"));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(path, message, tokenFor: "client/?hub=chat"));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(path, new { arguments = Array.Empty<object>() }));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync("api/v1/hubs/1wrong", message));
        using var health = await _http.GetAsync($"{host.Url}/api/v1/health", Ct);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    private Task<SignalRClient> ConnectAsync(ServiceHost host, string user) =>
        clients.ConnectAsync(host.ClientUrl(), new() { AccessToken = host.Token(user), On = ["news"] }, Ct);

    private async Task<HttpStatusCode> CallAsync(
        ServiceHost host, HttpMethod method, string path, object? body = null, string? tokenFor = null)
    {
        using var answer = await SendAsync(host, method, path, body, tokenFor);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(
        ServiceHost host, HttpMethod method, string path, object? body = null, string? tokenFor = null)
    {
        var audience = $"{host.Url}/{tokenFor ?? path.Split('?')[0]}";
        using var request = new HttpRequestMessage(method, $"{host.Url}/{path}");
        var token = host.Tokens.Create(audience, TimeSpan.FromMinutes(1));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Content = body is null ? null : JsonContent.Create(body);
        return await _http.SendAsync(request, Ct);
    }
}
