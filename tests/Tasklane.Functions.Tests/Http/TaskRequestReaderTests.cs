using System.Text;
using Tasklane.Tasks;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Problems;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

public sealed class TaskRequestReaderTests
{
    [Fact]
    public void Read_takes_every_field()
    {
        var request = Read("""
            { "payload": { "a": [1, {"b": "文"}] }, "type": "noop", "priority": "high", "maxRetries": 7, "timeoutSeconds": 60,
              "backoff": { "kind": "quadratic", "maxDelaySeconds": 900 }, "runAt": "2026-03-01T10:00:00+02:00", "tags": ["x", "y"] }
            """);

        Assert.Equal("noop", request.Type);
        Assert.Equal("""{ "a": [1, {"b": "文"}] }""", Encoding.UTF8.GetString(request.Payload.Span));
        Assert.Equal(TaskPriority.High, request.Priority);
        Assert.Equal(7, request.MaxRetries);
        Assert.Equal(60, request.TimeoutSeconds);
        Assert.Equal(new Backoff(BackoffKind.Quadratic, 60, 2, 900), request.Backoff);
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero), request.RunAt!.Value);
        Assert.Equal(["x", "y"], request.Tags);
        Assert.Equal("key", request.IdempotencyKey);
    }

    [Fact]
    public void Read_of_null_is_as_good_as_absent()
    {
        var request = Read("""{"type":"noop","payload":null,"maxRetries":null,"runAt":null,"tags":null,"backoff":null,"priority":null}""");

        Assert.Null(request.MaxRetries);
        Assert.Empty(request.Tags);
        Assert.Equal(TaskPriority.Normal, request.Priority);
        Assert.Equal("null", Encoding.UTF8.GetString(request.Payload.Span)); // whether it may be is the schema's to say
    }

    [Theory]
    [InlineData("""{"type":1,"payload":{}}""", "/type", FieldErrors.Type)]
    [InlineData("""{"payload":{}}""", "/type", FieldErrors.Required)]
    [InlineData("""{"type":"noop"}""", "/payload", FieldErrors.Required)]
    [InlineData("""{"type":"noop","payload":{},"type":"noop"}""", "/type", FieldErrors.Duplicate)]
    [InlineData("""{"type":"noop","payload":{},"payload":{}}""", "/payload", FieldErrors.Duplicate)]
    [InlineData("""{"type":null,"payload":{},"type":"noop"}""", "/type", FieldErrors.Duplicate)]
    [InlineData("""{"type":"noop","payload":{},"priority":"low","priority":"high"}""", "/priority", FieldErrors.Duplicate)]
    [InlineData("""{"type":"noop","payload":{},"maxRetries":1,"maxRetries":1}""", "/maxRetries", FieldErrors.Duplicate)]
    [InlineData("""{"type":"noop","payload":{},"timeoutSeconds":1,"timeoutSeconds":2}""", "/timeoutSeconds", FieldErrors.Duplicate)]
    [InlineData("""{"type":"noop","payload":{},"delaySeconds":1,"delaySeconds":2}""", "/delaySeconds", FieldErrors.Duplicate)]
    [InlineData("""{"type":"noop","payload":{},"runAt":null,"runAt":"2026-03-01T10:00:00Z"}""", "/runAt", FieldErrors.Duplicate)]
    [InlineData("""{"type":"noop","payload":{},"tags":[],"tags":["a"]}""", "/tags", FieldErrors.Duplicate)]
    [InlineData("""{"type":"noop","payload":{},"backoff":{},"backoff":{}}""", "/backoff", FieldErrors.Duplicate)]
    [InlineData("""{"type":"noop","payload":{},"backoff":{"factor":2,"factor":3}}""", "/backoff/factor", FieldErrors.Duplicate)]
    [InlineData("""{"type":"noop","payload":{},"a/b":"high"}""", "/a~1b", FieldErrors.Unknown)]
    [InlineData("""{"type":"noop","payload":{},"prio":"high"}""", "/prio", FieldErrors.Unknown)]
    [InlineData("""{"type":"noop","payload":{},"priority":"urgent"}""", "/priority", FieldErrors.OneOf)]
    [InlineData("""{"type":"noop","payload":{},"maxRetries":1.5}""", "/maxRetries", FieldErrors.Type)]
    [InlineData("""{"type":"noop","payload":{},"delaySeconds":"1"}""", "/delaySeconds", FieldErrors.Type)]
    [InlineData("""{"type":"noop","payload":{},"runAt":"2026-03-01T10:00:00"}""", "/runAt", FieldErrors.Format)]
    [InlineData("""{"type":"noop","payload":{},"runAt":"soon"}""", "/runAt", FieldErrors.Format)]
    [InlineData("""{"type":"noop","payload":{},"tags":"x"}""", "/tags", FieldErrors.Type)]
    [InlineData("""{"type":"noop","payload":{},"tags":["a",null]}""", "/tags/1", FieldErrors.Type)]
    [InlineData("""{"type":"noop","payload":{},"tags":["\ud800"]}""", "/tags/0", FieldErrors.Text)]
    [InlineData("""{"type":"noop","payload":{},"backoff":{"kind":"cubic"}}""", "/backoff/kind", FieldErrors.OneOf)]
    [InlineData("""{"type":"noop","payload":{},"backoff":{"delay":1}}""", "/backoff/delay", FieldErrors.Unknown)]
    [InlineData("""[]""", "", FieldErrors.Type)]
    public void Read_of_a_wrong_field_names_it(string body, string field, string code)
    {
        var refusal = Assert.Throws<InvalidRequestException>(() => Read(body));

        Assert.Equal(RequestErrors.InvalidField, refusal.Code);
        Assert.Contains(refusal.Errors, error => error.Field == field && error.Code == code);
    }

    [Fact]
    public void Read_tells_all_that_is_wrong_at_once()
    {
        var refusal = Assert.Throws<InvalidRequestException>(() => Read("""{"priority":"urgent","maxRetries":"many","what":1}"""));

        Assert.Equal(["/priority", "/maxRetries", "/what", "/type", "/payload"], refusal.Errors.Select(error => error.Field));
    }

    [Theory]
    [InlineData("{\"type\":\"noop\",\n \"payload\": {,}}", 2L, 14L)]
    [InlineData("{", 1L, 2L)]
    [InlineData("{} x", 1L, 4L)]
    public void Read_of_broken_json_says_where(string body, long line, long position)
    {
        var refusal = Assert.Throws<InvalidRequestException>(() => Read(body.Replace("{}", """{"type":"noop","payload":1}""", StringComparison.Ordinal)));

        Assert.Equal(RequestErrors.InvalidJson, refusal.Code);
        Assert.Equal(line, refusal.Args[0]);
        Assert.InRange((long)refusal.Args[1], position, position + 30);
        Assert.DoesNotContain("LineNumber", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_of_broken_utf8_is_refused()
    {
        var body = Encoding.UTF8.GetBytes("""{"type":"noop","payload":"?"}""");
        body[Array.IndexOf(body, (byte)'?')] = 0xC3;

        Assert.Equal(RequestErrors.InvalidJson, Assert.Throws<InvalidRequestException>(() => TaskRequestReader.Read(body, null)).Code);
    }

    private static TaskRequest Read(string body) => TaskRequestReader.Read(Encoding.UTF8.GetBytes(body), "key");
}
