using System.Net;
using System.Net.Http.Json;
using Azure.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Tasklane.Live;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Live;

/// <summary>A service that knows no lasting keys; what it lends and asks for is as the service's own client library has it.</summary>
public sealed class HubTokensTests : IHttpClientFactory
{
    private const string Service = "https://own.service.signalr.net";

    private readonly ManualTimeProvider _time = new();
    private readonly List<HttpRequestMessage> _asked = [];
    private readonly List<string[]> _scopes = [];
    private bool _isAway;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_is_given_a_token_signed_with_the_key_that_the_service_lends()
    {
        var (url, token) = await Tokens().IssueAsync("ann", new HostString("app.example"), Ct);

        Assert.Equal($"{Service}/client/?hub=tasks", url);
        var read = new JsonWebToken(token);
        Assert.Equal("key-1", read.Kid);
        Assert.Equal("ann", read.GetClaim("asrs.s.uid").Value);
        var valid = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidAudience = url,
            ValidateIssuer = false,
            ValidateLifetime = false,
            IssuerSigningKey = HubService.Credentials(Key(1), "key-1").Key,
        });
        Assert.True(valid.IsValid, valid.Exception?.ToString());
        var asked = Assert.Single(_asked);
        Assert.Equal($"GET {Service}/api/v1/auth/accessKey", $"{asked.Method} {asked.RequestUri}");
        Assert.Equal("Bearer entra", asked.Headers.Authorization?.ToString());
        Assert.Equal(["https://signalr.azure.com/.default"], Assert.Single(_scopes));
    }

    [Fact]
    public async Task A_key_is_asked_for_once_an_hour_however_many_come_at_once()
    {
        var tokens = Tokens();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(n => tokens.IssueAsync($"user{n}", default, Ct).AsTask()));
        Assert.Single(_asked);

        _time.Advance(TimeSpan.FromMinutes(56));
        Assert.Equal("key-2", new JsonWebToken((await tokens.IssueAsync("ann", default, Ct)).Token).Kid);
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task A_service_that_is_away_leaves_the_last_key_in_use_while_it_is_good()
    {
        var tokens = Tokens();
        await tokens.IssueAsync("ann", default, Ct);
        _isAway = true;

        _time.Advance(TimeSpan.FromMinutes(100));
        Assert.Equal("key-1", new JsonWebToken((await tokens.IssueAsync("ann", default, Ct)).Token).Kid);
        _time.Advance(TimeSpan.FromMinutes(20));
        await Assert.ThrowsAsync<HttpRequestException>(() => tokens.IssueAsync("ann", default, Ct).AsTask());
        _isAway = false;
        Assert.NotEqual("key-1", new JsonWebToken((await tokens.IssueAsync("ann", default, Ct)).Token).Kid);
    }

    [Fact]
    public async Task A_call_of_the_service_shows_the_apps_own_token()
    {
        Assert.Equal(($"{Service}/api/v1/hubs/tasks/groups/watchers", "entra"), await Tokens().IssueForServiceAsync("groups/watchers", Ct));
        Assert.Empty(_asked);
    }

    [Theory]
    [InlineData(null, null, "must be a connection string of the SignalR service with Endpoint and AccessKey, or the group AzureSignalRConnectionString__serviceUri")]
    [InlineData(null, "own.service", "AzureSignalRConnectionString__serviceUri is 'own.service'; it must be an absolute address")]
    [InlineData("Endpoint=https://own.example;AuthType=azure", null, "must be a connection string")]
    public async Task A_setting_that_names_no_service_is_told_in_a_sentence(string? text, string? address, string says)
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Tokens(text, address).IssueAsync("ann", default, Ct).AsTask());
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    HttpClient IHttpClientFactory.CreateClient(string name) => new(new Lender(this));

    private static string Key(int number) => $"{number}-lent-for-two-hours-0123456789abcdef";

    private HubTokens Tokens() => Tokens(null, Service);

    private HubTokens Tokens(string? text, string? address) => new(
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AzureSignalRConnectionString"] = text,
            ["AzureSignalRConnectionString:serviceUri"] = address,
        }).Build(), _time, this, _ => new Identity(this));

    private sealed class Lender(HubTokensTests test) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            test._asked.Add(request);
            return Task.FromResult(test._isAway
                ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable)
                : new HttpResponseMessage { Content = JsonContent.Create(new { AccessKey = Key(test._asked.Count), KeyId = $"key-{test._asked.Count}" }) });
        }
    }

    private sealed class Identity(HubTokensTests test) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            test._scopes.Add(requestContext.Scopes);
            return new AccessToken("entra", test._time.GetUtcNow().AddHours(1));
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
