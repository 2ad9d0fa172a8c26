using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Abstractions;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;
using Xunit;

namespace Tasklane.Emulator.Tests.Api;

/// <summary>The logic that is part of the Durable types themselves.</summary>
public sealed class DurableTypesTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(0, 1, 1.0, null, null, "maxNumberOfAttempts")]
    [InlineData(1, 0, 1.0, null, null, "firstRetryInterval")]
    [InlineData(1, 1, 0.9, null, null, "backoffCoefficient")]
    [InlineData(1, 10, 1.0, 9, null, "maxRetryInterval")]
    [InlineData(1, 10, 1.0, null, 9, "retryTimeout")]
    public void RetryPolicy_out_of_range_is_refused(
        int attempts, int first, double coefficient, int? max, int? timeout, string parameter)
    {
        var failure = Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(
            attempts,
            first * Second,
            coefficient,
            max is { } m ? m * Second : null,
            timeout is { } t ? t * Second : null));

        Assert.Equal(parameter, failure.ParamName);
    }

    [Fact]
    public void RetryPolicy_has_an_hour_at_most_and_no_timeout()
    {
        var policy = new RetryPolicy(1, Second, maxRetryInterval: null, retryTimeout: Timeout.InfiniteTimeSpan);

        Assert.Equal(TimeSpan.FromHours(1), policy.MaxRetryInterval);
        Assert.Equal(Timeout.InfiniteTimeSpan, policy.RetryTimeout);
        Assert.True(policy.Handle(new TimeoutException()));
    }

    [Fact]
    public void RetryPolicy_handles_the_failures_its_filter_accepts()
    {
        var policy = new RetryPolicy(3, Second) { HandleFailure = failure => failure.IsCausedBy<IOException>() };

        Assert.True(policy.Handle(new TaskFailedException("a", 1, new FileNotFoundException())));
        Assert.False(policy.Handle(new TaskFailedException("a", 1, new TimeoutException())));
    }

    [Fact]
    public void Failure_is_caused_by_its_type_and_its_bases_only()
    {
        var failure = TaskFailureDetails.FromException(new OwnException("outer", new FileNotFoundException("inner")));

        Assert.Equal(typeof(OwnException).FullName, failure.ErrorType);
        Assert.True(failure.IsCausedBy<OwnException>());
        Assert.True(failure.IsCausedBy<InvalidOperationException>());
        Assert.False(failure.IsCausedBy<FileNotFoundException>());
        Assert.True(failure.InnerFailure!.IsCausedBy<IOException>());
        Assert.False((failure with { ErrorType = "Nowhere.ToBeFound" }).IsCausedBy<Exception>());
        Assert.Throws<ArgumentException>(() => failure.IsCausedBy(typeof(string)));
    }

    [Fact]
    public void Sub_orchestration_options_keep_what_they_are_made_of()
    {
        TaskOptions options = new SubOrchestrationOptions(new RetryPolicy(2, Second), "child") { Version = "2" };

        var copy = new SubOrchestrationOptions(options);

        Assert.Equal("child", copy.InstanceId);
        Assert.Equal(new TaskVersion("2"), copy.Version);
        Assert.Equal(2, copy.Retry!.Policy!.MaxNumberOfAttempts);
        Assert.Equal("other", options.WithInstanceId("other").InstanceId);
    }

    [Fact]
    public void Names_and_versions_are_equal_without_case()
    {
        Assert.Equal<TaskName>("export", new TaskName("Export"));
        Assert.Equal(new TaskName("Export").GetHashCode(), new TaskName("EXPORT").GetHashCode());
        Assert.Equal<TaskVersion>("v1", new TaskVersion("V1"));
        Assert.Equal(TaskVersion.Unversioned, default);
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "1.0", -1)]
    [InlineData("1.0", "", 1)]
    [InlineData("1.10", "1.9", 1)]
    [InlineData("beta", "ALPHA", 1)]
    public void Versions_compare(string left, string right, int expected) =>
        Assert.Equal(expected, Math.Sign(TaskOrchestrationVersioningUtils.CompareVersions(left, right)));

    [Fact]
    public void Entity_id_reads_what_it_writes()
    {
        var id = new EntityInstanceId("Counter", "a@b");

        Assert.Equal("@counter@a@b", id.ToString());
        Assert.Equal(id, EntityInstanceId.FromString("@counter@a@b"));
        Assert.Equal("\"@counter@a@b\"", JsonSerializer.Serialize(id));
        Assert.Equal(id, JsonSerializer.Deserialize<EntityInstanceId>("\"@counter@a@b\""));
    }

    [Theory]
    [InlineData("counter")]
    [InlineData("@counter")]
    [InlineData("@@key")]
    public void Entity_id_of_another_form_is_refused(string text) =>
        Assert.Throws<ArgumentException>(() => EntityInstanceId.FromString(text));

    [Theory]
    [InlineData("Counter", "@counter")]
    [InlineData("@Counter@Key", "@counter@Key")]
    [InlineData("", "@")]
    public void Entity_query_prefix_is_an_entity_id_s_beginning(string prefix, string expected) =>
        Assert.Equal(expected, new EntityQuery { InstanceIdStartsWith = prefix }.InstanceIdStartsWith);

    [Fact]
    public void Entity_is_written_flat_with_its_state_as_json()
    {
        var entity = new EntityMetadata(new("Counter", "a"), new SerializedData("""{"Total":1}"""))
        {
            LastModifiedTime = DateTimeOffset.UnixEpoch,
        };

        using var json = JsonDocument.Parse(JsonSerializer.Serialize(entity));

        Assert.Equal("@counter@a", json.RootElement.GetProperty("id").GetString());
        Assert.Equal(1, json.RootElement.GetProperty("state").GetProperty("Total").GetInt32());
    }

    [Fact]
    public void Entity_state_that_was_not_read_is_an_error() =>
        Assert.Throws<InvalidOperationException>(() => new EntityMetadata<int>(new("a", "b")).State);

    [Fact]
    public void Metadata_is_readable_only_with_inputs_and_outputs()
    {
        var without = new OrchestrationMetadata("a", "1") { SerializedOutput = "5" };
        var with = new OrchestrationMetadata("a", "1") { SerializedOutput = "5", DataConverter = JsonDataConverter.Default };

        Assert.Throws<InvalidOperationException>(() => without.ReadOutputAs<int>());
        Assert.Equal(5, with.ReadOutputAs<int>());
        Assert.Null(with.ReadInputAs<string>());
    }

    [Fact]
    public async Task Pageable_follows_the_continuation_token()
    {
        var pageable = Pageable.Create((token, size, _) => Task.FromResult(token switch
        {
            null => new Page<int>([1, size ?? 0], "next"),
            _ => new Page<int>([3]),
        }));

        var all = await pageable.ToArrayAsync(TestContext.Current.CancellationToken);
        var page = await pageable.AsPages("next", 7).SingleAsync(TestContext.Current.CancellationToken);

        Assert.Equal([1, 0, 3], all);
        Assert.Equal([3], page.Values);
    }

    private sealed class OwnException(string message, Exception inner) : InvalidOperationException(message, inner);
}
