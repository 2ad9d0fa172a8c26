using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Functions.Tests.Handlers;
using Tasklane.Handlers;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Problems;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Examples;

/// <summary>The handler that CONTRIBUTING shows: it compiles here, does what it says, and is the one shown.</summary>
public sealed class FetchHandlerTests
{
    private static readonly TaskTypes Types = TaskTypes.Of([typeof(FetchHandler)]);

    [Fact]
    public void It_is_the_one_that_CONTRIBUTING_shows()
    {
        var file = File.ReadAllText(Path.Combine(BuiltApps.Root, "tests/Tasklane.Functions.Tests/Examples/FetchHandler.cs"));
        var shown = File.ReadAllText(Path.Combine(BuiltApps.Root, "CONTRIBUTING.md"));
        Assert.Contains($"```csharp\n{file}```\n", shown, StringComparison.Ordinal);
    }

    /// <summary>So that adding a type touches one file.</summary>
    [Fact]
    public async Task The_app_registers_what_it_asks_for()
    {
        await using var services = new ServiceCollection().AddTasks().BuildServiceProvider();
        var errors = new StringWriter();
        Assert.True(HandlerServices.Suffice(Types, services, errors), errors.ToString());
    }

    [Theory]
    [InlineData("file:///etc/passwd", FieldErrors.Pattern)]
    [InlineData("ftp://example.org/a", FieldErrors.Pattern)]
    [InlineData("/etc/passwd", FieldErrors.Pattern)]
    [InlineData("https://exa mple.org/", FieldErrors.Format)]
    public void An_address_that_it_could_not_fetch_is_refused_at_creation(string address, string code)
    {
        var rules = new TaskRequestRules(Types, new TasklaneOptions(), TimeProvider.System);
        var request = new TaskRequest { Type = "fetch", Payload = Encoding.UTF8.GetBytes($$"""{"address":"{{address}}"}""") };

        var refusal = Assert.Throws<InvalidRequestException>(() => rules.Check(request, new Caller("ada", "Ada"), "test"));

        Assert.Contains(refusal.Errors, error => error.Field == "/payload/address" && error.Code == code);
    }

    [Fact]
    public async Task It_writes_what_it_fetches_in_chunks_and_says_how_far_it_is()
    {
        var text = new string('x', 1_300_000);
        var run = new TestRun();

        var outcome = await RunAsync(run, 10, new StringContent(text));

        Assert.Equal(text, run.File(Assert.IsType<FetchResult>(outcome.Result).File));
        Assert.Equal(3, run.Chunks.Count);
        Assert.Equal((1_300_000, 1_300_000, "fetching"), run.Progress[^1]);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, "not_fetched")]
    [InlineData(HttpStatusCode.OK, "too_large")]
    public async Task What_another_attempt_would_meet_again_fails_for_good(HttpStatusCode status, string code)
    {
        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => RunAsync(new TestRun(), 1, new ByteArrayContent(new byte[1_048_577]), status));
        Assert.Equal((code, false), (failure.Code, failure.Retry));
    }

    [Fact]
    public Task What_is_the_servers_fault_is_tried_again() =>
        Assert.ThrowsAsync<HttpRequestException>(() => RunAsync(new TestRun(), 1, new StringContent(""), HttpStatusCode.BadGateway));

    private static async Task<Outcome> RunAsync(TestRun run, int most, HttpContent content, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var http = new HttpClient(new Answering(content, status));
        return await new FetchHandler(http).RunAsync(new FetchPayload("https://example.org/file", most), run);
    }

    private sealed class Answering(HttpContent content, HttpStatusCode status) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(status) { Content = content });
    }
}
