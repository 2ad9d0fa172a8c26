using System.Text.Json;

namespace Tasklane.Functions.Tests.Crash;

/// <summary>A task of a crash round: what is asked for, and how it must end.</summary>
internal sealed class Plan
{
    public required string Key { get; init; }

    public required object Request { get; init; }

    public required bool Cancel { get; init; }

    /// <summary>The first attempts that fail by themselves.</summary>
    public required int FailTimes { get; init; }

    public required int MaxRetries { get; init; }

    public string? Id { get; set; }

    public bool CancelAnswered { get; set; }

    public bool Completed { get; private set; }

    public static Plan Make(int n, Random random)
    {
        var failTimes = random.Next(4) == 0 ? random.Next(1, 4) : 0;
        var maxRetries = random.Next(3);
        return new Plan
        {
            Key = $"round-task-{n}",
            Cancel = random.Next(6) == 0,
            FailTimes = failTimes,
            MaxRetries = maxRetries,
            Request = new
            {
                type = "sleep",
                payload = new { seconds = Math.Round(random.NextDouble() * 0.4, 2), failTimes },
                priority = ((string[])["high", "normal", "low"])[random.Next(3)],
                maxRetries,
                backoff = new { kind = "fixed", delaySeconds = 0.1 },
                delaySeconds = random.Next(5) == 0 ? 0.5 : 0,
            },
        };
    }

    /// <summary>
    /// One end, the right one, and every change told: versions 1 to the task's own, without a gap. An attempt that a crash cut
    /// short did not fail, so it uses up no retry, but it is an attempt all the same.
    /// </summary>
    public void Check(JsonElement task, JsonElement[] events)
    {
        var names = events.Select(change => change.GetProperty("event").GetString()).ToArray();
        var told = $"{task} after {string.Join(", ", names)}";
        Assert.Equal(Enumerable.Range(1, events.Length), events.Select(change => change.GetProperty("version").GetInt32()));
        Assert.Equal(events.Length, task.GetProperty("version").GetInt32());
        Assert.True(names.Count(name => name is "task:completed" or "task:failed" or "task:cancelled") == 1, $"Not one end: {told}");

        var started = names.Count(name => name == "task:started");
        var retried = names.Count(name => name == "task:retrying");
        var status = task.GetProperty("status").GetString();
        Completed = status == "completed";
        switch (status)
        {
            case "completed":
                Assert.True(started > FailTimes && retried <= MaxRetries, $"Completed too early: {told}");
                break;
            case "failed":
                Assert.True(FailTimes > MaxRetries && retried == MaxRetries, $"Failed without reason: {told}");
                break;
            default:
                Assert.True(Cancel && status == "cancelled", $"Nobody cancelled it: {told}");
                break;
        }
    }
}
