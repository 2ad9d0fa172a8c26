using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Tests.Http;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Auth;

/// <summary>Logins that cannot be, and key files that are no good.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class LoginFaultTests : IAsyncLifetime
{
    private const string Alice = """{"user":"alice"}""";

    private readonly TempDirectory _data = new("auth");
    private FunctionsTestHost _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string KeyFile => _data.File("inner/auth.key");

    public async ValueTask InitializeAsync()
    {
        _app = await WebHost.StartAsync(typeof(Probe.Program).Assembly, false, options =>
        {
            options.Functions = ["WebHeaders"];
            options.DataDirectory = _data.File("inner");
        });
        _http = WebHost.Client(_app);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        _data.Dispose();
    }

    [Fact]
    public async Task The_key_and_its_folder_are_their_owners_only()
    {
        Assert.Equal(HttpStatusCode.OK, (await LoginAsync(Alice, "application/json")).Status);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_data.File("inner")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    public async Task A_damaged_key_is_made_anew(string content)
    {
        await File.WriteAllTextAsync(KeyFile, content, Token);
        Assert.Equal(HttpStatusCode.OK, (await LoginAsync(Alice, "application/json")).Status);
        Assert.Equal(32, new FileInfo(KeyFile).Length);
    }

    [Fact]
    public async Task A_key_of_an_older_version_is_taken_from_the_others()
    {
        await File.WriteAllBytesAsync(KeyFile, new byte[32], Token);
        File.SetUnixFileMode(KeyFile, (UnixFileMode)0b110_100_100);
        await LoginAsync(Alice, "application/json");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        Assert.Equal(new byte[32], await File.ReadAllBytesAsync(KeyFile, Token));
    }

    [Fact]
    public async Task A_key_that_cannot_be_kept_is_503_with_a_sentence_until_it_can()
    {
        // What a full disk does, too: the file cannot be put there.
        Directory.CreateDirectory(KeyFile);
        var (status, title) = await LoginAsync(Alice, "application/json");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith("Nobody can be signed in now:", title, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_data.File("inner"), "auth.key.*"));

        Directory.Delete(KeyFile);
        Assert.Equal(HttpStatusCode.OK, (await LoginAsync(Alice, "application/json")).Status);
    }

    [Fact]
    public async Task A_strangers_token_makes_no_key()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/.auth/me") { Headers = { { "Authorization", "Bearer a.b.c" } } };
        Assert.Equal(HttpStatusCode.Unauthorized, (await _http.SendAsync(request, Token)).StatusCode);
        Assert.False(File.Exists(KeyFile));
    }

    [Theory]
    [InlineData("user=a", "", 415)]
    [InlineData("user=a", "text/plain", 415)]
    [InlineData("""{"user":"a"}""", "application/json; charset=nonsense", 415)]
    [InlineData("user=a&user", "application/x-www-form-urlencoded", 303)]
    [InlineData("--b\r\nrubbish", "multipart/form-data; boundary=b", 400)]
    [InlineData("rubbish", "multipart/form-data", 400)]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nalice", "multipart/form-data; boundary=b", 400)]
    public async Task A_body_that_is_no_login_is_refused_with_a_sentence(string body, string type, int expected)
    {
        var (status, title) = await LoginAsync(body, type, own: true);
        Assert.Equal(expected, (int)status);
        if (expected >= 400)
            Assert.NotEmpty(title);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_413() =>
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await LoginAsync(new string(' ', 70_000), "application/json")).Status);

    [Fact]
    public async Task Broken_chunks_are_400_with_a_sentence()
    {
        await using var raw = await Conversation.OpenAsync(_app.BaseAddress, "/.auth/login/dev", Token, "Content-Type: application/json\r\n");
        await raw.SendRawAsync("zzz\r\nrubbish\r\n");
        var answer = await raw.ReadUntilAsync("cannot be read");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", answer, StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, string Title)> LoginAsync(string body, string type, bool own = false)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (type.Length > 0)
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/.auth/login/dev") { Content = content };
        if (own)
            request.Headers.Add("Sec-Fetch-Site", "same-origin");
        using var response = await _http.SendAsync(request, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        return (response.StatusCode, response.Content.Headers.ContentType?.MediaType == "application/problem+json"
            ? (string)JsonNode.Parse(text)!["title"]!
            : "");
    }
}
