using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Problems;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Handling;

public sealed class TaskRequestRulesTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly TaskRequestRules _rules;

    public TaskRequestRulesTests() =>
        _rules = new TaskRequestRules(TaskTypes.Discover(typeof(TaskService).Assembly, development: true), new TasklaneOptions(), _time);

    [Fact]
    public void What_is_not_asked_for_is_as_usual()
    {
        var task = Check(new TaskRequest { Type = "noop", Payload = "{}"u8.ToArray() });

        Assert.Equal((3, 14_400, Backoff.Default, TaskPriority.Normal), (task.MaxRetries, task.TimeoutSeconds, task.Backoff, task.Priority));
        Assert.Null(task.RunAt);
        Assert.Null(task.RequestHash);
        Assert.True(TaskIds.IsWellFormed(task.Id));
    }

    [Fact]
    public void A_delay_counts_from_now_and_a_time_that_has_passed_is_now()
    {
        var now = _time.GetUtcNow();

        Assert.Equal(now.AddSeconds(1.5), Check(Noop() with { DelaySeconds = 1.5 }).RunAt);
        Assert.Equal(now.AddDays(1), Check(Noop() with { RunAt = now.AddDays(1) }).RunAt);
        Assert.Null(Check(Noop() with { RunAt = now.AddDays(-1) }).RunAt);
        Assert.Null(Check(Noop() with { DelaySeconds = 0 }).RunAt);
    }

    [Fact]
    public void A_tag_given_twice_is_one() => Assert.Equal(["a", "b"], Check(Noop() with { Tags = ["a", "b", "a"] }).Tags);

    [Fact]
    public void The_hash_tells_requests_apart_but_not_when_they_were_made()
    {
        string Hash(TaskRequest request) => Check(request with { IdempotencyKey = "k" }).RequestHash!;
        var first = Hash(Noop() with { DelaySeconds = 60 });
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(first, Hash(Noop() with { DelaySeconds = 60 }));
        Assert.NotEqual(first, Hash(Noop() with { DelaySeconds = 61 }));
        Assert.NotEqual(first, Hash(Noop() with { DelaySeconds = 60, Payload = "{ }"u8.ToArray() }));
        Assert.NotEqual(first, Hash(Noop() with { DelaySeconds = 60, Tags = ["a"] }));
        Assert.NotEqual(Hash(Noop() with { Tags = ["a", "b"] }), Hash(Noop() with { Tags = ["a"] }));
    }

    [Fact]
    public void A_part_of_a_request_has_a_key_that_nobody_can_send()
    {
        var key = Check(Noop() with { IdempotencyKey = "k", PartName = "logs 1" }).IdempotencyKey!;

        Assert.EndsWith("k", key, StringComparison.Ordinal);
        Assert.Throws<InvalidRequestException>(() => Check(Noop() with { IdempotencyKey = key }));
        Assert.Null(Check(Noop() with { PartName = "logs 1" }).IdempotencyKey);
    }

    private static TaskRequest Noop() => TaskRequest.For("noop", "{}");

    private NewTask Check(TaskRequest request) => _rules.Check(request, new Caller("ada", "Ada"), "test");
}
