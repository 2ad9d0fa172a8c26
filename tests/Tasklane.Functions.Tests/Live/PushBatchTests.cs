using System.Text.Json;
using Tasklane.Live;
using Tasklane.Tasks;
using Xunit;

namespace Tasklane.Functions.Tests.Live;

/// <summary>What a batch of events is sent as.</summary>
public sealed class PushBatchTests
{
    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 3)]
    public void Progress_is_one_message_per_user_and_one_for_those_who_watch_if_any(bool isWatched, int messages)
    {
        var events = Enumerable.Range(0, 500).Select(i => Event($"t{i}", i % 2 == 0 ? "ada" : "bob", TaskEvents.Progress, 3)).ToArray();

        var sent = Sent(events, isWatched);

        Assert.Equal(messages, sent.Count);
        Assert.Equal(events.Where(one => one.Owner == "ada").Select(one => $"{one.TaskId} 3"), sent.Single(one => one.To == "ada").Events);
        Assert.All(sent, one => Assert.Equal(TaskEvents.Progress, one.Name));
        Assert.Equal(isWatched ? 500 : 0, sent.Where(one => one.To == $"group {Hub.Watchers}").Sum(one => one.Events.Length));
    }

    [Fact]
    public void Nothing_is_sent_to_those_who_watch_when_nobody_does() =>
        Assert.Equal(["ada"], Sent([Event("t", "ada", TaskEvents.Created, 1)], isWatched: false).Select(one => one.To));

    [Fact]
    public void The_events_of_a_task_stay_in_their_order()
    {
        TaskEvent[] events =
        [
            Event("a", "ada", TaskEvents.Started, 2), Event("a", "ada", TaskEvents.Progress, 3), Event("b", "ada", TaskEvents.Progress, 5),
            Event("a", "ada", TaskEvents.Completed, 4), Event("c", "ada", TaskEvents.Started, 2), Event("c", "ada", TaskEvents.Progress, 3),
            Event("d", "ada", TaskEvents.Completed, 9),
        ];

        var sent = Sent(events, isWatched: false);

        Assert.Equal(["a 2", "a 3+b 5", "a 4", "c 2", "d 9", "c 3"], sent.Select(one => string.Join('+', one.Events)));
    }

    [Fact]
    public void Of_a_tasks_progress_only_the_latest_is_sent()
    {
        var sent = Sent([.. Enumerable.Range(3, 10).Select(version => Event("a", "ada", TaskEvents.Progress, version))], isWatched: false);
        Assert.Equal(["a 12"], Assert.Single(sent).Events);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_the_batch_every_receiver_sees_versions_grow_and_misses_nothing_but_old_progress(int seed)
    {
        var random = new Random(seed);
        string[] names = [TaskEvents.Started, TaskEvents.Progress, TaskEvents.Progress, TaskEvents.Progress, TaskEvents.Completed];
        var versions = new long[8];
        var events = Enumerable.Range(0, 400).Select(_ =>
        {
            var task = random.Next(versions.Length);
            return Event($"t{task}", $"user{task % 3}", names[random.Next(names.Length)], ++versions[task]);
        }).ToArray();

        foreach (var receiver in Sent(events, isWatched: true).GroupBy(one => one.To))
        {
            var seen = receiver.SelectMany(one => one.Events).Select(one => (Task: one.Split(' ')[0], Version: long.Parse(one.Split(' ')[1], null))).ToArray();
            foreach (var task in seen.GroupBy(one => one.Task))
                Assert.Equal(task.Select(one => one.Version).Order().Distinct(), task.Select(one => one.Version));
            var wanted = events.Where(one => receiver.Key == one.Owner || receiver.Key.StartsWith("group", StringComparison.Ordinal));
            Assert.All(wanted.Where(one => one.Name != TaskEvents.Progress), one => Assert.Contains((one.TaskId, one.Version), seen));
        }
    }

    private static List<(string To, string Name, string[] Events)> Sent(TaskEvent[] events, bool isWatched) =>
    [
        .. PushBatch.Of(events, isWatched).Select(message => (
            message.UserId ?? $"group {message.GroupName}",
            message.Target,
            message.Arguments!.Select(one => JsonSerializer.SerializeToElement(one)).Select(one => $"{one.GetProperty("id")} {one.GetProperty("version")}").ToArray())),
    ];

    private static TaskEvent Event(string id, string owner, string name, long version) => new(id, owner, name, version, DateTimeOffset.UnixEpoch, "{}");
}
