using System.Globalization;
using System.Runtime.CompilerServices;
using Tasklane.Client.Json;
using Tasklane.Client.Transport;

namespace Tasklane.Client.Following;

/// <summary>
/// A task's changes and log lines as they come. Changes are those that the service keeps, in their order, each once: what the live hub
/// brings is taken as it is when it is the very next, and is fetched otherwise.
/// </summary>
internal sealed class TaskFollower(ApiCalls calls, LiveEvents? live, TasklaneClientOptions options)
{
    private const int EventsAtOnce = 500, LinesAtOnce = 200;

    /// <summary>How often somebody looks although live events come.</summary>
    private static readonly TimeSpan _lookAnyway = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _firstPoll = TimeSpan.FromMilliseconds(100);

    public async IAsyncEnumerable<TaskEvent> EventsAsync(string id, long after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var follower = live?.Follow(id);
        var poll = _firstPoll;
        for (var isFirst = true; ; isFirst = false)
        {
            var fetched = await FetchAsync(id, after, cancellation).ConfigureAwait(false);
            foreach (var change in fetched)
            {
                after = change.Version;
                poll = _firstPoll;
                yield return change;
            }
            if (fetched is [.., { IsEnd: true }])
                yield break;
            if (fetched.Count == EventsAtOnce)
                continue;
            // Nothing more may come: it had ended with what the caller has already.
            if (isFirst && fetched.Count == 0 && await GetAsync(id, cancellation).ConfigureAwait(false) is { HasEnded: true } ended && ended.Version <= after)
                yield break;

            while (true)
            {
                var change = await NextAsync(follower, poll, cancellation).ConfigureAwait(false);
                if (change?.Version <= after)
                    continue;
                if (change is null || change.Version > after + 1)
                    break;
                after = change.Version;
                poll = _firstPoll;
                yield return change;
                if (change.IsEnd)
                    yield break;
            }
            poll = Shorter(poll * 1.5, options.PollInterval);
        }
    }

    /// <summary>Until it has ended.</summary>
    public async Task<TaskInfo> WaitAsync(string id, IProgress<TaskEvent>? progress, CancellationToken cancellation)
    {
        while (true)
        {
            var task = await GetAsync(id, cancellation).ConfigureAwait(false);
            if (task.HasEnded)
                return task;
            // One that somebody retries meanwhile is waited for once more.
            await foreach (var change in EventsAsync(id, task.Version, cancellation).ConfigureAwait(false))
                progress?.Report(change);
        }
    }

    /// <param name="follow">Goes on until the task has ended.</param>
    public async IAsyncEnumerable<TaskLogLine> LinesAsync(string id, string? level, bool follow, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long start = 0, given = 0;
        TaskLogLine? last = null;
        var poll = _firstPoll;
        while (true)
        {
            // Asked before the lines are: what a task logged before it ended is then among them.
            var isLastLook = !follow || (await GetAsync(id, cancellation).ConfigureAwait(false)).HasEnded;
            for (var isMore = true; isMore;)
            {
                var (lines, total) = await PageAsync(id, level, start, cancellation).ConfigureAwait(false);
                var skip = (int)(given - start);
                // A long log loses lines in its middle: what was given last then stands further up than it did.
                if (skip > 0 && (skip > lines.Count || lines[skip - 1] != last))
                    skip = lines.ToList().LastIndexOf(last!) + 1;
                foreach (var line in lines.Skip(skip))
                {
                    last = line;
                    poll = _firstPoll;
                    yield return line;
                }
                given = start + lines.Count;
                isMore = lines.Count == LinesAtOnce && total > given;
                if (isMore)
                    start = given;
            }
            if (isLastLook)
                yield break;
            await Task.Delay(poll, options.Time, cancellation).ConfigureAwait(false);
            poll = Shorter(poll * 1.5, options.PollInterval);
        }
    }

    private Task<LogPage> PageAsync(string id, string? level, long start, CancellationToken cancellation) => calls.SendAsync(
        ApiRequest.Get($"api/tasks/{Uri.EscapeDataString(id)}/logs", ("level", level), ("page", Number((start / LinesAtOnce) + 1)), ("pageSize", Number(LinesAtOnce))),
        TasklaneJson.Default.LogPage, cancellation);

    private async Task<TaskEvent?> NextAsync(LiveEvents.Follower? follower, TimeSpan poll, CancellationToken cancellation)
    {
        if (follower is not null)
            return await follower.NextAsync(live!.IsConnected ? _lookAnyway : poll, options.Time, cancellation).ConfigureAwait(false);
        await Task.Delay(poll, options.Time, cancellation).ConfigureAwait(false);
        return null;
    }

    private async Task<IReadOnlyList<TaskEvent>> FetchAsync(string id, long after, CancellationToken cancellation) =>
        (await calls.SendAsync(
            ApiRequest.Get($"api/tasks/{Uri.EscapeDataString(id)}/events", ("after", Number(after)), ("limit", Number(EventsAtOnce))),
            TasklaneJson.Default.EventList, cancellation).ConfigureAwait(false)).Events;

    private Task<TaskInfo> GetAsync(string id, CancellationToken cancellation) =>
        calls.SendAsync(ApiRequest.Get($"api/tasks/{Uri.EscapeDataString(id)}"), TasklaneJson.Default.TaskInfo, cancellation);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
