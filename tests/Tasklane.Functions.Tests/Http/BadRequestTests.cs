using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

/// <summary>What the API says to requests it cannot use.</summary>
public sealed class BadRequestTests(AppFixture app) : AppTests(app)
{
    [Fact]
    public async Task An_unknown_type_is_refused_with_the_known_ones()
    {
        var problem = await (await PostAsync("""{"type":"nope","payload":{}}""")).ProblemAsync(HttpStatusCode.BadRequest, "unknown_task_type");

        Assert.Contains("'nope'", problem.Text("detail"), StringComparison.Ordinal);
        Assert.Contains("export, import, init_sectors, init_stocks, log_analysis, noop, sleep", problem.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_payload_against_its_schema_is_refused_part_by_part()
    {
        var problem = await (await PostAsync("""{"type":"sleep","payload":{"seconds":-1,"failTimes":"x","nap":true}}"""))
            .ProblemAsync(HttpStatusCode.BadRequest, "payload_invalid");

        var errors = problem["errors"]!.AsArray().ToDictionary(error => error!.Text("field"), error => error!.Text("message"));
        Assert.Equal("must be at least 0, not -1", errors["/payload/seconds"]);
        Assert.Equal("must be integer, not string", errors["/payload/failTimes"]);
        Assert.Equal("is not known; known are: seconds, failTimes", errors["/payload/nap"]);
        Assert.Contains("GET /api/tasks/types", problem.Text("detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(300)]
    [InlineData(2000)]
    public async Task A_large_payload_is_413_with_what_to_do(int kilobytes)
    {
        var body = $$$"""{"type":"noop","payload":{"a":"{{{new string('x', kilobytes * 1024)}}}"}}""";

        var problem = await (await PostAsync(body)).ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "payload_too_large");
        Assert.Contains("262144", problem.Text("detail"), StringComparison.Ordinal);
        Assert.Contains("instead", problem.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_body_of_unknown_length_is_413_too()
    {
        var ada = await SignInAsync();
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/tasks")
        {
            Content = Json($$$"""{"type":"noop","payload":{"a":"{{{new string('x', 400 * 1024)}}}"}}"""),
            Headers = { TransferEncodingChunked = true },
        };

        await (await ada.SendAsync(request)).ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "payload_too_large");
    }

    [Fact]
    public async Task The_largest_payload_is_taken_and_comes_back()
    {
        var ada = await SignInAsync();
        var text = new string('x', TaskLimits.MaxPayloadBytes - 8);

        var id = (await ada.CreateAsync("noop", new { a = text })).Id();

        Assert.Equal(text, (await ada.EndAsync(id))["result"]!.Text("a"));
        var listed = (await ada.GetJsonAsync("/api/tasks"))["tasks"]![0]!;
        Assert.True(listed["payloadOmitted"]!.GetValue<bool>());
        Assert.Null(listed["payload"]);
    }

    [Theory]
    [InlineData("{\"type\":\"noop\",\n\"payload\":{\"a\":}}", "Line 2, position 16")]
    [InlineData("{\"type\":\"noop\"", "Line 1, position 15")]
    [InlineData("not json", "Line 1")]
    public async Task Broken_json_is_told_with_its_place(string body, string place)
    {
        var problem = await (await PostAsync(body)).ProblemAsync(HttpStatusCode.BadRequest, "invalid_json");
        Assert.StartsWith(place, problem.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_body_is_told_what_to_send() =>
        Assert.Contains("\"type\"", (await (await PostAsync("")).ProblemAsync(HttpStatusCode.BadRequest, "empty_body")).Text("detail"), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"maxRetries\":101", "/maxRetries", "must be from 0 to 100, not 101")]
    [InlineData("\"maxRetries\":-1", "/maxRetries", "must be from 0 to 100, not -1")]
    [InlineData("\"timeoutSeconds\":0", "/timeoutSeconds", "must be from 1 to 86400, not 0")]
    [InlineData("\"timeoutSeconds\":86401", "/timeoutSeconds", "must be from 1 to 86400, not 86401")]
    [InlineData("\"delaySeconds\":-0.5", "/delaySeconds", "must be from 0 to 2592000, not -0.5")]
    [InlineData("\"delaySeconds\":1,\"runAt\":\"2030-01-01T00:00:00Z\"", "/delaySeconds", "cannot be given together with runAt; leave one out")]
    [InlineData("\"backoff\":{\"delaySeconds\":0}", "/backoff/delaySeconds", "must be from 0.001 to 2592000, not 0")]
    [InlineData("\"backoff\":{\"factor\":0.5}", "/backoff/factor", "must be from 1 to 100, not 0.5")]
    [InlineData("\"tags\":[\"\"]", "/tags/0", "must have 1 to 64 characters, not 0")]
    [InlineData("\"tags\":[\"a\\u0000\"]", "/tags/0", "holds characters that are no valid text")]
    [InlineData("\"runAt\":\"9999-01-01T00:00:00Z\"", "/runAt", "must be at most")]
    public async Task A_field_out_of_bounds_is_told_with_its_bounds(string field, string pointer, string message)
    {
        var problem = await (await PostAsync($$"""{"type":"noop","payload":{},{{field}}}""")).ProblemAsync(HttpStatusCode.BadRequest, "invalid_field");

        var error = Assert.Single(problem["errors"]!.AsArray())!;
        Assert.Equal(pointer, error.Text("field"));
        Assert.StartsWith(message, error.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_tags_are_refused()
    {
        var tags = string.Join(',', Enumerable.Range(0, 21).Select(i => $"\"t{i}\""));
        var problem = await (await PostAsync($$"""{"type":"noop","payload":{},"tags":[{{tags}}]}""")).ProblemAsync(HttpStatusCode.BadRequest, "invalid_field");
        Assert.Equal("must have at most 20 items, not 21", problem["errors"]![0]!.Text("message"));
    }

    [Theory]
    [InlineData("status=done", "unknown_status", "pending, running, completed, failed, cancelled")]
    [InlineData("priority=urgent", "unknown_priority", "high, normal, low")]
    [InlineData("page=0", "invalid_page", "from 1")]
    [InlineData("page=-3", "invalid_page", "from 1")]
    [InlineData("page=x", "invalid_page", "from 1")]
    [InlineData("pageSize=1000000000", "invalid_page_size", "from 1 to 200")]
    [InlineData("pageSize=99999999999999999999", "invalid_page_size", "from 1 to 200")]
    [InlineData("pageSize=0", "invalid_page_size", "from 1 to 200")]
    [InlineData("status=failed&status=pending", "invalid_query", "once")]
    [InlineData("q=%00", "invalid_query", "no valid text")]
    [InlineData("type=no+type", "invalid_query", "pattern")]
    [InlineData("q=!%3F", "invalid_query", "q must have 1 to 16 words of letters or digits")]
    [InlineData("q=%F0%9F%98%80", "invalid_query", "words of letters or digits")]
    [InlineData("q=a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q", "invalid_query", "1 to 16 words")]
    [InlineData("stauts=failed", "invalid_query", "stauts is not known; known are: owner, status, type, priority, tag, parent, q, page, after, pageSize")]
    public async Task A_filter_that_cannot_be_used_is_told_what_can(string query, string code, string wayOut)
    {
        var ada = await SignInAsync();
        var problem = await (await ada.GetAsync($"/api/tasks?{query}")).ProblemAsync(HttpStatusCode.BadRequest, code);
        Assert.Contains(wayOut, problem.Text("detail"), StringComparison.Ordinal);
    }

    /// <summary>Of every function there is, so that a new one cannot forget it.</summary>
    [Fact]
    public async Task A_query_parameter_that_nobody_reads_is_refused_on_every_route()
    {
        var ada = await SignInAsync("admin");
        var routes = (
            from method in typeof(TaskService).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            where method.IsDefined(typeof(FunctionAttribute)) && !method.IsDefined(typeof(AllowAnonymousAttribute))
            from parameter in method.GetParameters()
            let trigger = parameter.GetCustomAttribute<HttpTriggerAttribute>()
            where trigger is { Route: not null, Methods: not null } && !trigger!.Route!.Contains('*', StringComparison.Ordinal)
            from verb in trigger!.Methods!
            where verb is not "options"
            select (verb, trigger!.Route!.Replace("{id:length(32)}", "{id}", StringComparison.Ordinal).Replace("{id}", new string('0', 32), StringComparison.Ordinal))).ToArray();
        Assert.True(routes.Length >= 14);

        foreach (var (verb, route) in routes)
        {
            var answer = await ada.SendAsync(new HttpRequestMessage(new HttpMethod(verb), $"/{route}?ownr=all"));
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{verb} {route}: {answer.StatusCode}");
            if (verb != "head")
                Assert.StartsWith("ownr is not known", (await answer.ProblemAsync(HttpStatusCode.BadRequest, "invalid_query")).Text("detail"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("DELETE", "")]
    [InlineData("POST", "/cancel")]
    [InlineData("POST", "/retry")]
    public async Task A_body_that_nobody_reads_is_refused(string method, string path)
    {
        var ada = await SignInAsync();
        var address = $"/api/tasks/{new string('0', 32)}{path}";
        HttpRequestMessage With(string body) => new(new HttpMethod(method), address) { Content = Json(body) };

        var problem = await (await ada.SendAsync(With("""{"owner":"all"}"""))).ProblemAsync(HttpStatusCode.BadRequest, "invalid_field");
        Assert.Contains("takes no body", problem.Text("detail"), StringComparison.Ordinal);
        await (await ada.SendAsync(With("{}"))).ProblemAsync(HttpStatusCode.NotFound, "task_not_found");
    }

    [Theory]
    [InlineData("\"what\":\"logs\",\"status\":\"failed\"", "/payload/status", "is for tasks only")]
    [InlineData("\"what\":\"tasks\",\"level\":\"error\"", "/payload/level", "is for log lines only")]
    [InlineData("\"what\":\"tasks\",\"q\":\"?!\"", "/payload/q", "must have 1 to 16 words of letters or digits")]
    public async Task A_filter_that_an_export_would_ignore_is_refused(string payload, string field, string message)
    {
        var problem = await (await PostAsync($$$"""{"type":"export","payload":{{{{payload}}}}}""")).ProblemAsync(HttpStatusCode.BadRequest, "payload_invalid");
        var error = Assert.Single(problem["errors"]!.AsArray())!;
        Assert.Equal((field, message), (error.Text("field"), error.Text("message")));
    }

    [Fact]
    public async Task Lines_that_an_analysis_would_ignore_are_refused()
    {
        var problem = await (await PostAsync("""{"type":"log_analysis","payload":{"lines":["a"],"ids":["b"]}}""")).ProblemAsync(HttpStatusCode.BadRequest, "payload_invalid");
        Assert.Equal("/payload/ids", Assert.Single(problem["errors"]!.AsArray())!.Text("field"));
    }

    [Theory]
    [InlineData("logs?level=loud", "unknown_level")]
    [InlineData("logs?page=0", "invalid_page")]
    [InlineData("logs?after=-1", "invalid_query")]
    [InlineData("logs?after=1&limit=1001", "invalid_query")]
    [InlineData("events?after=-1", "invalid_query")]
    [InlineData("events?limit=1001", "invalid_query")]
    public async Task Details_are_asked_for_within_bounds(string path, string code)
    {
        var ada = await SignInAsync();
        await (await ada.GetAsync($"/api/tasks/{new string('0', 32)}/{path}")).ProblemAsync(HttpStatusCode.BadRequest, code);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=gbk")]
    public async Task Another_media_type_is_415(string type)
    {
        var ada = await SignInAsync();
        var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        await (await ada.PostAsync("/api/tasks", content)).ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Theory]
    [InlineData("GET", "/api/nothing/here", 404, "route_not_found", null)]
    [InlineData("PUT", "/api/tasks", 405, "method_not_allowed", "GET, HEAD, POST")]
    [InlineData("PATCH", "/api/tasks/0123456789abcdef0123456789abcdef", 405, "method_not_allowed", "DELETE, GET, HEAD")]
    [InlineData("GET", "/api/tasks/42", 404, "task_not_found", null)]
    [InlineData("DELETE", "/api/tasks/42", 404, "task_not_found", null)]
    [InlineData("POST", "/api/tasks/42/cancel", 404, "task_not_found", null)]
    [InlineData("GET", "/api/tasks/0123456789ABCDEF0123456789abcdef", 404, "task_not_found", null)]
    [InlineData("GET", "/api/tasks/0123456789abcdef0123456789abcdef/file", 404, "task_not_found", null)]
    public async Task Addresses_that_nobody_has_are_problems_too(string method, string path, int status, string code, string? allow)
    {
        var ada = await SignInAsync();
        var answer = await ada.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        await answer.ProblemAsync((HttpStatusCode)status, code);
        Assert.Equal(allow, allow is null ? null : string.Join(", ", answer.Content.Headers.Allow));
    }

    [Fact]
    public async Task Problems_are_told_in_chinese_to_who_prefers_it()
    {
        var ada = await SignInAsync();
        async Task<string> TitleFor(string languages)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/api/tasks") { Content = Json("""{"type":"sleep","payload":{"seconds":-1}}""") };
            request.Headers.Add("Accept-Language", languages);
            var problem = await (await ada.SendAsync(request)).ProblemAsync(HttpStatusCode.BadRequest, "payload_invalid");
            return $"{problem.Text("title")} | {problem["errors"]![0]!.Text("message")}";
        }

        const string Chinese = "负载不符合其 JSON Schema | 不得小于 0，而不是 -1";
        const string English = "The payload does not fit its schema | must be at least 0, not -1";
        Assert.Equal(Chinese, await TitleFor("zh-CN,zh;q=0.9,en;q=0.8"));
        Assert.Equal(Chinese, await TitleFor("de, zh-TW;q=0.5"));
        Assert.Equal(English, await TitleFor("en-GB,zh;q=0.9"));
        Assert.Equal(English, await TitleFor("fr"));
    }

    private async Task<HttpResponseMessage> PostAsync(string body) => await (await SignInAsync()).PostAsync("/api/tasks", Json(body));

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
