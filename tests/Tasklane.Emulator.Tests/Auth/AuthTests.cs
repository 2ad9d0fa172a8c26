using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Tests.Http;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Auth;

public sealed class AuthTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private FunctionsTestHost _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = await StartAsync(options => options.TimeProvider = _clock);
        _http = WebHost.Client(_app);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task A_token_makes_the_principal_headers_of_app_service()
    {
        var who = await WhoAsync(await LoginAsync("alice", "admin", "ops"));

        Assert.Equal("alice", (string)who["X-MS-CLIENT-PRINCIPAL-ID"]!);
        Assert.Equal("alice", (string)who["X-MS-CLIENT-PRINCIPAL-NAME"]!);
        Assert.Equal("dev", (string)who["X-MS-CLIENT-PRINCIPAL-IDP"]!);
        var principal = JsonNode.Parse(Convert.FromBase64String((string)who["X-MS-CLIENT-PRINCIPAL"]!))!;
        Assert.Equal("dev", (string)principal["auth_typ"]!);
        var nameType = (string)principal["name_typ"]!;
        Assert.NotNull((string?)principal["role_typ"]);
        var claims = principal["claims"]!.AsArray().Select(c => ((string)c!["typ"]!, (string)c["val"]!)).ToArray();
        Assert.Contains((nameType, "alice"), claims);
        Assert.Equal(["admin", "ops"], claims.Where(c => c.Item1 == "roles").Select(c => c.Item2));
    }

    [Fact]
    public async Task A_login_sets_a_cookie_that_works_like_the_token_until_it_expires()
    {
        var response = await _http.PostAsJsonAsync("/.auth/login/dev", new { user = "bob" }, Token);
        var cookie = response.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);

        Assert.Equal("bob", await MeAsync(cookie));
        _clock.Advance(TimeSpan.FromHours(7.9));
        Assert.Equal("bob", await MeAsync(cookie));
        _clock.Advance(TimeSpan.FromHours(0.2));
        Assert.Null(await MeAsync(cookie));
    }

    [Fact]
    public async Task A_token_that_was_changed_is_worth_nothing()
    {
        var token = await LoginAsync("alice");
        var parts = token.Split('.');
        var forged = Encoding.UTF8.GetString(Base64Url(parts[1])).Replace("alice", "admin", StringComparison.Ordinal);
        parts[1] = Convert.ToBase64String(Encoding.UTF8.GetBytes(forged)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        Assert.Equal("{}", (await WhoAsync(string.Join('.', parts))).ToJsonString());
        Assert.Equal("{}", (await WhoAsync("not a token")).ToJsonString());
        // The same, but claiming to need no signature.
        var none = Convert.ToBase64String("""{"alg":"none","typ":"JWT"}"""u8.ToArray()).TrimEnd('=');
        Assert.Equal("{}", (await WhoAsync($"{none}.{parts[1]}.")).ToJsonString());
    }

    [Fact]
    public async Task A_token_is_worth_nothing_on_another_host_but_lives_on_with_its_data()
    {
        var token = await LoginAsync("alice");
        await using var other = await StartAsync(options => options.TimeProvider = _clock);
        Assert.Equal("{}", (await WhoAsync(token, other.BaseAddress)).ToJsonString());

        var folder = Directory.CreateTempSubdirectory("tasklane-test-");
        try
        {
            string kept;
            await using (var first = await StartAsync(options => options.DataDirectory = folder.FullName))
                kept = await LoginAsync(first.BaseAddress, "carol");
            await using var second = await StartAsync(options => options.DataDirectory = folder.FullName);
            Assert.Equal("carol", (string)(await WhoAsync(kept, second.BaseAddress))["X-MS-CLIENT-PRINCIPAL-ID"]!);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("""{"roles":["admin"]}""")]
    [InlineData("""{"user":"  "}""")]
    [InlineData("""{"user":"a\u0000b"}""")]
    [InlineData("""{"user":"a","roles":[""]}""")]
    [InlineData("""{"user":7}""")]
    [InlineData("null")]
    [InlineData("{")]
    public async Task A_bad_login_is_400_with_a_sentence(string body)
    {
        var response = await _http.PostAsync("/.auth/login/dev", new StringContent(body, Encoding.UTF8, "application/json"), Token);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.NotEmpty((string)JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!["title"]!);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task The_form_signs_in_and_leads_back()
    {
        var page = await _http.GetAsync("/.auth/login/dev?post_login_redirect_uri=%2Ftasks%3Fa%3D%22", Token);
        var html = await page.Content.ReadAsStringAsync(Token);
        Assert.Contains("<label for=\"user\">", html, StringComparison.Ordinal);
        Assert.Contains("value=\"/tasks?a=&quot;\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);

        var response = await PostFormAsync("dave", "admin, ops", "/tasks");
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        Assert.Equal("/tasks", response.Headers.Location!.ToString());
        Assert.Equal("dave", await MeAsync(response.Headers.GetValues("Set-Cookie").Single()));
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("tasks")]
    public async Task A_login_never_leads_to_another_site(string redirect)
    {
        var shown = await _http.GetAsync("/.auth/login/dev?post_login_redirect_uri=" + Uri.EscapeDataString(redirect), Token);
        var posted = await PostFormAsync("dave", "", redirect);
        var left = await _http.GetAsync("/.auth/logout?post_logout_redirect_uri=" + Uri.EscapeDataString(redirect), Token);
        Assert.All([shown, posted, left], r => Assert.Equal(HttpStatusCode.BadRequest, r.StatusCode));
    }

    [Fact]
    public async Task A_form_without_a_user_is_shown_again_with_the_reason()
    {
        var response = await PostFormAsync("", "<b>", "/");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var html = await response.Content.ReadAsStringAsync(Token);
        Assert.Contains("role=\"alert\"", html, StringComparison.Ordinal);
        Assert.Contains("value=\"&lt;b&gt;\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logout_clears_the_cookie()
    {
        var response = await _http.GetAsync("/.auth/logout?post_logout_redirect_uri=/", Token);
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Contains("AppServiceAuthSession=;", response.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
        Assert.Contains("signed out", await _http.GetStringAsync("/.auth/logout/complete", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Me_lists_the_session_or_is_401()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await _http.GetAsync("/.auth/me", Token)).StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/.auth/me");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await LoginAsync("alice", "admin"));
        var me = (await (await _http.SendAsync(request, Token)).Content.ReadFromJsonAsync<JsonArray>(Token))![0]!;
        Assert.Equal("dev", (string)me["provider_name"]!);
        Assert.Equal("alice", (string)me["user_id"]!);
        Assert.Contains(me["user_claims"]!.AsArray(), c => (string)c!["typ"]! == "roles" && (string)c["val"]! == "admin");
    }

    private Task<string> LoginAsync(string user, params string[] roles) => LoginAsync(_app.BaseAddress, user, roles);

    private async Task<string> LoginAsync(Uri site, string user, params string[] roles)
    {
        var response = await _http.PostAsJsonAsync(new Uri(site, "/.auth/login/dev"), new { user, roles }, Token);
        response.EnsureSuccessStatusCode();
        return (string)(await response.Content.ReadFromJsonAsync<JsonNode>(Token))!["token"]!;
    }

    /// <summary>The identity headers that a function sees.</summary>
    private async Task<JsonNode> WhoAsync(string token, Uri? site = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(site ?? _app.BaseAddress, "/web/headers"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var seen = (await (await _http.SendAsync(request, Token)).Content.ReadFromJsonAsync<JsonNode>(Token))!["headers"]!.AsObject();
        return new JsonObject(seen.Where(header => header.Key.StartsWith("x-ms-client", StringComparison.Ordinal))
            .Select(header => KeyValuePair.Create(header.Key.ToUpperInvariant(), header.Value?.DeepClone())));
    }

    private async Task<string?> MeAsync(string setCookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/.auth/me") { Headers = { { "Cookie", setCookie.Split(';')[0] } } };
        var response = await _http.SendAsync(request, Token);
        return response.IsSuccessStatusCode
            ? (string)(await response.Content.ReadFromJsonAsync<JsonArray>(Token))![0]!["user_id"]!
            : null;
    }

    private async Task<HttpResponseMessage> PostFormAsync(string user, string roles, string redirect)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/.auth/login/dev")
        {
            Content = new FormUrlEncodedContent([new("user", user), new("roles", roles), new("post_login_redirect_uri", redirect)]),
            Headers = { { "Origin", _app.BaseAddress.GetLeftPart(UriPartial.Authority) } },
        };
        return await _http.SendAsync(request, Token);
    }

    private static Task<FunctionsTestHost> StartAsync(Action<FunctionsTestHostOptions> configure) => WebHost.StartAsync(
        typeof(Probe.Program).Assembly,
        false,
        options =>
        {
            options.Functions = ["WebHeaders"];
            configure(options);
        });

    private static byte[] Base64Url(string text) =>
        Convert.FromBase64String(text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '='));
}
