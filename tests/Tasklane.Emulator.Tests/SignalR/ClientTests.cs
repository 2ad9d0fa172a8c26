using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using Tasklane.Emulator.SignalR;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Emulator.Tests.SignalR;

/// <summary>The real client against the service.</summary>
public sealed class ClientTests(SignalRClients clients) : IClassFixture<SignalRClients>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SignalRTransport.WebSockets)]
    [InlineData(SignalRTransport.ServerSentEvents)]
    [InlineData(SignalRTransport.LongPolling)]
    public async Task A_message_reaches_exactly_whom_it_is_for(SignalRTransport transport)
    {
        await using var host = await ServiceHost.StartAsync();
        var ann = await ConnectAsync(host, "ann", transport);
        var bob = await ConnectAsync(host, "bob", transport);
        host.Hub.AddUserToGroup("bob", "admins");

        host.Hub.SendToUser("ann", ServiceHost.Message("news", "to ann"));
        host.Hub.SendToGroup("admins", ServiceHost.Message("news", "to admins"));
        host.Hub.SendToConnection(ann.ConnectionId, ServiceHost.Message("news", "to the connection"));
        host.Hub.SendToAll(ServiceHost.Message("news", "to all"));

        Assert.Equal(["to ann", "to the connection", "to all"], await TakeAsync(ann, 3));
        Assert.Equal(["to admins", "to all"], await TakeAsync(bob, 2));
    }

    [Theory]
    [InlineData(SignalRTransport.WebSockets)]
    [InlineData(SignalRTransport.ServerSentEvents)]
    [InlineData(SignalRTransport.LongPolling)]
    public async Task Ten_thousand_messages_arrive_in_order(SignalRTransport transport)
    {
        await using var host = await ServiceHost.StartAsync();
        var client = await ConnectAsync(host, "ann", transport);

        for (var i = 0; i < 10_000; i++)
            host.Hub.SendToUser("ann", ServiceHost.Message("news", i));

        for (var i = 0; i < 10_000; i++)
            Assert.Equal(i, (await client.NextAsync(Ct)).Arguments[0].GetInt32());
    }

    [Fact]
    public async Task Groups_of_a_user_hold_for_connections_to_come()
    {
        await using var host = await ServiceHost.StartAsync();
        host.Hub.AddUserToGroup("ann", "admins");
        var client = await ConnectAsync(host, "ann");

        host.Hub.SendToGroup("admins", ServiceHost.Message("news", 1));
        host.Hub.RemoveUserFromGroup("ann", "admins");
        host.Hub.SendToGroup("admins", ServiceHost.Message("news", 2));
        host.Hub.SendToAll(ServiceHost.Message("news", 3));

        Assert.Equal(["1", "3"], await TakeAsync(client, 2));
    }

    [Fact]
    public async Task An_invocation_brings_the_result_or_the_error_of_its_handler()
    {
        await using var host = await ServiceHost.StartAsync(upstream: upstream =>
        {
            upstream.TryAdd("Chat", "messages", "Echo", (context, _) =>
                new(ServiceHost.Json($"{context.UserId}: {context.Arguments![0]}")));
            upstream.TryAdd("Chat", "messages", "fail", (_, _) => throw new InvalidOperationException("no such room"));
            upstream.TryAdd("Chat", "messages", "nothing", (_, _) => new((RawJson?)null));
        });
        var client = await ConnectAsync(host, "ann");

        Assert.Equal("ann: hi", (await client.InvokeAsync("echo", ["hi"], Ct)).GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await client.InvokeAsync("nothing", [], Ct)).ValueKind);
        Assert.Equal("no such room", await ErrorOfAsync(client.InvokeAsync("fail", [], Ct)));
        Assert.Equal("Invocation failed, status code 404", await ErrorOfAsync(client.InvokeAsync("absent", [], Ct)));
        Assert.Equal("Streaming is not supported in serverless mode.", await ErrorOfAsync(client.StreamAsync("echo", ["hi"], Ct)));
    }

    [Fact]
    public async Task Connection_events_tell_who_came_and_why_they_left()
    {
        var seen = System.Threading.Channels.Channel.CreateUnbounded<UpstreamContext>();
        UpstreamHandler note = (context, _) =>
        {
            seen.Writer.TryWrite(context);
            return new((RawJson?)null);
        };
        await using var host = await ServiceHost.StartAsync(upstream: upstream =>
        {
            upstream.TryAdd("chat", "connections", "connected", note);
            upstream.TryAdd("chat", "connections", "disconnected", note);
        });
        var token = host.Token("ann", "chat", new Claim("role", "admin"), new Claim("role", "author"));
        var client = await clients.ConnectAsync(host.ClientUrl() + "&from=here", new() { AccessToken = token }, Ct);

        var connected = await seen.Reader.ReadAsync(Ct);
        Assert.Equal((client.ConnectionId, "ann"), (connected.ConnectionId, connected.UserId));
        Assert.Equal(("chat", "connected"), (connected.Hub, connected.Event));
        Assert.Equal(UpstreamCategory.Connections, connected.Category);
        Assert.Equal("admin,author", connected.Claims["role"].ToString());
        Assert.Equal("here", connected.Query["from"]);
        Assert.DoesNotContain("access_token", connected.Query.Keys);

        await client.StopAsync(Ct);
        Assert.Null((await seen.Reader.ReadAsync(Ct)).Error);

        await clients.ConnectAsync(host.ClientUrl(), new() { AccessToken = token }, Ct);
        var second = await seen.Reader.ReadAsync(Ct);
        Assert.True(host.Hub.CloseConnection(second.ConnectionId, "house closes"));
        Assert.Equal("house closes", (await seen.Reader.ReadAsync(Ct)).Error);
    }

    [Fact]
    public async Task A_closed_client_hears_the_reason_after_what_was_sent_before()
    {
        await using var host = await ServiceHost.StartAsync();
        var client = await ConnectAsync(host, "ann");

        host.Hub.SendToUser("ann", ServiceHost.Message("news", "last"));
        host.Hub.CloseUser("ann", "house closes");

        Assert.Equal(["last"], await TakeAsync(client, 1));
        Assert.Contains("house closes", await client.Closed.WaitAsync(Ct));
        Assert.False(host.Hub.HasUser("ann"));
    }

    [Fact]
    public async Task Only_a_valid_token_for_the_hub_opens_it()
    {
        await using var host = await ServiceHost.StartAsync();
        var expired = new AccessTokens(ServiceHost.Key, new Clock(DateTimeOffset.UnixEpoch.AddYears(50)))
            .Create(host.ClientUrl(), TimeSpan.FromHours(1), "ann");
        var forged = new AccessTokens(
                ServiceKey.Load("AccessKey=another-key-another-key-another-key", "", _ => { }), TimeProvider.System)
            .Create(host.ClientUrl(), TimeSpan.FromHours(1), "ann");

        Assert.Equal(HttpStatusCode.OK, await NegotiateAsync(host, host.Token("ann")));
        Assert.Equal(HttpStatusCode.OK, await NegotiateAsync(host, host.Token("ann", "CHAT")));
        Assert.Equal(HttpStatusCode.Unauthorized, await NegotiateAsync(host, null));
        Assert.Equal(HttpStatusCode.Unauthorized, await NegotiateAsync(host, "rubbish"));
        Assert.Equal(HttpStatusCode.Unauthorized, await NegotiateAsync(host, expired));
        Assert.Equal(HttpStatusCode.Unauthorized, await NegotiateAsync(host, forged));
        Assert.Equal(HttpStatusCode.Unauthorized, await NegotiateAsync(host, host.Token("ann", "other")));
        Assert.Equal(HttpStatusCode.BadRequest, await NegotiateAsync(host, host.Token("ann"), hub: ""));
        Assert.Contains("401", await ErrorOfAsync(clients.ConnectAsync(host.ClientUrl(), new() { AccessToken = expired }, Ct)));
    }

    [Fact]
    public async Task A_page_of_another_origin_may_connect()
    {
        await using var host = await ServiceHost.StartAsync();
        using var http = new HttpClient();
        using var preflight = new HttpRequestMessage(HttpMethod.Options, $"{host.Url}/client/negotiate?hub=chat");
        preflight.Headers.Add("Origin", "http://localhost:5173");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,x-requested-with");

        using var answer = await http.SendAsync(preflight, Ct);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("http://localhost:5173", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("authorization,x-requested-with", answer.Headers.GetValues("Access-Control-Allow-Headers").Single());
    }

    [Fact]
    public async Task A_client_reconnects_by_itself_to_a_restarted_service()
    {
        var port = FreePort.Next();
        var first = await ServiceHost.StartAsync(port: port);
        var client = await clients.ConnectAsync(
            first.ClientUrl(), new() { AccessToken = first.Token("ann"), On = ["news"], ReconnectDelays = [0, 20] }, Ct);
        var before = client.ConnectionId;
        await first.DisposeAsync();

        await using var second = await ServiceHost.StartAsync(port: port);
        Assert.NotEqual(before, await client.NextReconnectAsync(Ct));
        second.Hub.SendToUser("ann", ServiceHost.Message("news", "again"));

        Assert.Equal(["again"], await TakeAsync(client, 1));
    }

    private Task<SignalRClient> ConnectAsync(ServiceHost host, string user, SignalRTransport? transport = null) =>
        clients.ConnectAsync(host.ClientUrl(), new() { AccessToken = host.Token(user), Transport = transport, On = ["news"] }, Ct);

    private static async Task<string[]> TakeAsync(SignalRClient client, int count)
    {
        var taken = new string[count];
        for (var i = 0; i < count; i++)
            taken[i] = (await client.NextAsync(Ct)).Arguments[0].ToString();
        return taken;
    }

    private static async Task<string> ErrorOfAsync(Task call) =>
        (await Assert.ThrowsAsync<SignalRClientException>(() => call)).Message;

    private static async Task<HttpStatusCode> NegotiateAsync(ServiceHost host, string? token, string hub = "chat")
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{host.Url}/client/negotiate?hub={hub}&negotiateVersion=1");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.SendAsync(request, Ct);
        return answer.StatusCode;
    }

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
