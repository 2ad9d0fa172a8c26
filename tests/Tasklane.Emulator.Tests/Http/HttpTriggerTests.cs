using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Tasklane.Emulator.Tests.Functions;
using Tasklane.Testbed;
using Xunit;
using FromBodyAttribute = Microsoft.Azure.Functions.Worker.Http.FromBodyAttribute;

namespace Tasklane.Emulator.Tests.Http;

public sealed class HttpTriggerTests : IAsyncLifetime
{
    private EmulatorHost _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = await App.StartAsync(typeof(Things));
        _http = _app.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task The_route_is_the_prefix_and_the_name_when_none_is_given() =>
        Assert.Equal("plain", await _http.GetStringAsync("/api/Plain", Token));

    [Fact]
    public async Task An_action_result_is_written_in_camel_case()
    {
        Assert.Equal("""{"someName":"x","someNumber":3}""", await _http.GetStringAsync("/api/action", Token));
    }

    [Theory]
    [InlineData("/api/items/7", "7:none")]
    [InlineData("/api/items/7/red", "7:red")]
    [InlineData("/api/items/7/red?page=2&tags=a", "7:red:2:a")]
    public async Task Route_and_query_values_bind_by_name(string path, string expected) =>
        Assert.Equal(expected, await _http.GetStringAsync(path, Token));

    [Theory]
    [InlineData("/api/items/seven")]
    [InlineData("/api/nothing")]
    [InlineData("/")]
    public async Task What_no_route_takes_is_404(string path) =>
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync(path, Token)).StatusCode);

    [Fact]
    public async Task A_method_no_function_takes_is_404() =>
        Assert.Equal(HttpStatusCode.NotFound, (await _http.PostAsync("/api/Plain", null, Token)).StatusCode);

    [Fact]
    public async Task A_catch_all_takes_what_a_closer_route_does_not()
    {
        Assert.Equal("caught far/away", await _http.GetStringAsync("/api/all/far/away", Token));
        Assert.Equal("caught body", await _http.GetStringAsync("/api/all/body", Token));
        var posted = await _http.PostAsync("/api/all/body", null, Token);
        Assert.Equal("closer", await posted.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task A_function_that_takes_longer_than_host_json_allows_is_cancelled_and_fails()
    {
        var clock = new ManualTimeProvider();
        await using var app = await App.StartAsync(
            null,
            o =>
            {
                o.TimeProvider = clock;
                o.Settings["AzureFunctionsJobHost__functionTimeout"] = "00:01:00";
            },
            typeof(Endless));
        using var http = app.CreateClient();
        var request = http.GetAsync("/api/endless", Token);
        await Endless.Started.WaitAsync(ct: Token);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.InternalServerError, (await request).StatusCode);
    }

    [Fact]
    public async Task A_body_binds_in_any_case()
    {
        var response = await _http.PostAsync("/api/body", Json("""{"SOMENAME":"y","someNumber":4}"""), Token);
        Assert.Equal("y4", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task An_empty_body_binds_null()
    {
        var response = await _http.PostAsync("/api/body", null, Token);
        Assert.Equal("null", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task An_exception_is_500_without_a_word()
    {
        var response = await _http.GetAsync("/api/fails", Token);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Response_data_carries_status_headers_cookies_and_body()
    {
        var response = await _http.PostAsync("/api/data?who=me", Json("\"hello\""), Token);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("1", response.Headers.GetValues("X-One").Single());
        Assert.Contains("c=v", response.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("""{"Said":"hello","Who":"me"}""", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Results_of_minimal_apis_and_value_tasks_work()
    {
        var response = await _http.GetAsync("/api/result", Token);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("/x/1", response.Headers.Location!.ToString());
    }

    [Fact]
    public async Task An_object_makes_no_body_with_the_asp_net_core_integration()
    {
        var response = await _http.GetAsync("/api/poco", Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task A_required_value_that_is_missing_is_500() =>
        Assert.Equal(HttpStatusCode.InternalServerError, (await _http.GetAsync("/api/needs", Token)).StatusCode);

    [Fact]
    public async Task Values_are_parsed_into_the_types_of_parameters()
    {
        var id = Guid.Parse("11111111-2222-3333-4444-555555555555");
        Assert.Equal(
            $"{id} 2026-01-02 Two 1.5",
            await _http.GetStringAsync($"/api/typed/{id}?day=2026-01-02&kind=two&factor=1.5", Token));
    }

    [Fact]
    public async Task A_caller_who_leaves_cancels_the_function()
    {
        Things.Cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var leave = new CancellationTokenSource();
        var request = _http.GetAsync("/api/slow", leave.Token);
        await Things.Started.Task.WaitAsync(Token);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await Things.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    public static class Endless
    {
        public static Signal Started { get; } = new("the function runs");

        [Function("Endless")]
        public static async Task Run([HttpTrigger("get", Route = "endless")] HttpRequest request, CancellationToken cancellationToken)
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = cancellationToken.Register(() => ended.TrySetCanceled(cancellationToken));
            Started.Send();
            await ended.Task;
        }
    }

    public sealed record Thing(string SomeName, int SomeNumber);

    public enum Kind
    {
        One,
        Two,
    }

    public sealed class Things
    {
        public static TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public static TaskCompletionSource Cancelled { get; set; } = new();

        [Function("Plain")]
        public static async Task Plain([HttpTrigger("get")] HttpRequest request) =>
            await request.HttpContext.Response.WriteAsync("plain", Token);

        [Function("Action")]
        public IActionResult Action([HttpTrigger("get", Route = "action")] HttpRequest request) =>
            new OkObjectResult(new Thing("x", 3));

        [Function("Items")]
        public IActionResult Items(
            [HttpTrigger("get", Route = "items/{id:int}/{colour?}")] HttpRequest request,
            int id,
            string? colour,
            int? page,
            [FromQuery(Name = "tags")] string? labels) =>
            new ContentResult { Content = $"{id}:{colour ?? "none"}{(page is null ? "" : $":{page}")}{(labels is null ? "" : $":{labels}")}" };

        [Function("Body")]
        public async Task<IActionResult> Body(
            [HttpTrigger(AuthorizationLevel.Function, "post", Route = "body")] HttpRequest request, [FromBody] Thing? thing)
        {
            await Task.Yield();
            return new ContentResult { Content = thing is null ? "null" : $"{thing.SomeName}{thing.SomeNumber}" };
        }

        [Function("Fails")]
        public IActionResult Fails([HttpTrigger("get", Route = "fails")] HttpRequest request) =>
            throw new InvalidOperationException("secret");

        [Function("Data")]
        public async Task<HttpResponseData> Data([HttpTrigger("post", Route = "data")] HttpRequestData request, FunctionContext context)
        {
            var said = await request.ReadFromJsonAsync<string>(context.CancellationToken);
            var response = request.CreateResponse(HttpStatusCode.Accepted);
            response.Headers.Add("X-One", "1");
            response.Cookies.Append("c", "v");
            await response.WriteAsJsonAsync(new { Said = said, Who = request.Query["who"] }, context.CancellationToken);
            return response;
        }

        [Function("Result")]
        public ValueTask<IResult> Result([HttpTrigger("get", Route = "result")] HttpRequest request) =>
            ValueTask.FromResult(Results.Created("/x/1", null));

        [Function("Poco")]
        public Thing Poco([HttpTrigger("get", Route = "poco")] HttpRequest request) => new("x", 1);

        [Function("Needs")]
        public IActionResult Needs([HttpTrigger("get", Route = "needs")] HttpRequest request, int number) =>
            new OkObjectResult(number);

        [Function("Typed")]
        public IActionResult Typed(
            [HttpTrigger("get", Route = "typed/{id}")] HttpRequest request, Guid id, DateOnly day, Kind kind, double factor) =>
            new ContentResult { Content = $"{id} {day:yyyy-MM-dd} {kind} {factor}" };

        [Function("CatchAll")]
        public static IActionResult CatchAll([HttpTrigger("get", "post", Route = "all/{*path}")] HttpRequest request, string path) =>
            new ContentResult { Content = $"caught {path}" };

        [Function("Closer")]
        public static IActionResult Closer([HttpTrigger("post", Route = "all/{name}")] HttpRequest request, string name) =>
            new ContentResult { Content = name == "body" ? "closer" : name };

        [Function("Slow")]
        public async Task Slow([HttpTrigger("get", Route = "slow")] HttpRequest request, CancellationToken cancellationToken)
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = cancellationToken.Register(ended.SetResult);
            Started.TrySetResult();
            await ended.Task;
            Cancelled.TrySetResult();
        }
    }
}
