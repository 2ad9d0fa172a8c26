using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Redis;

// A running task: start, leases, progress, slices, and the ends of an attempt.
public sealed partial class RedisTaskStore
{
    /// <summary>Leases renewed, or lines written, by one script, so that none holds Redis up for long.</summary>
    private const int Slice = 100;

    private static readonly string _cancelled = RedisClock.Marked(TaskEventData.Cancelled(RedisClock.Unknown));
    private static readonly TaskError PredecessorFailed = new(TaskErrors.PredecessorFailed, "Task $task, which it waited for, is $status.");
    private static readonly TaskError WorkerLost = new(TaskErrors.WorkerLost, "Too many attempts in a row ended with the worker's death.");

    private readonly ConcurrentDictionary<string, (string Before, string After)> _started = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task<Started> StartAsync(string id, int run, WorkerName worker, CancellationToken cancellation)
    {
        if (!TaskIds.IsWellFormed(id))
            return new Started(StartKind.Gone, null, null, null, Wakes.None);
        // A process has one name, or a few.
        var (before, after) = _started.GetOrAdd(worker.Name, name => Around(RedisClock.Marked(TaskEventData.Started(RedisClock.Unknown, 0, name)), "attempt"));
        RedisValue[] arguments =
            [id, _clock.Given, run, worker.Name, worker.Epoch, before, after, RandomNumberGenerator.GetInt32(1 << 20)];
        var reply = await DoAsync(_start, _keys.Task(id), arguments, cancellation);
        if (RedisReplies.Code(reply) == ScriptCode.Restart)
        {
            arguments = [.. arguments, RedisFields.WriteError(WorkerLost), RedisClock.Marked(TaskEventData.Failed(RedisClock.Unknown, WorkerLost))];
            reply = await DoAsync(_restart, _keys.Task(id), arguments, cancellation);
        }
        if (RedisReplies.Code(reply) == ScriptCode.Later)
            return new Started(StartKind.Later, null, null, RedisFields.Time((RedisValue)reply[1]), Wakes.None);

        var fields = reply.Length > 2 && !reply[2].IsNull ? (RedisValue[])reply[2]! : null;
        var grants = reply.Length > 3 ? await GrantsAsync((int)reply[3] == 1, reply[4], cancellation) : [];
        var (ring, settle) = reply.Length > 1 ? RedisReplies.Ring(reply[1]) : default;
        var wakes = new Wakes(grants, ring, settle);
        return RedisReplies.Code(reply) switch
        {
            ScriptCode.Ok => new Started(StartKind.Started, RedisFields.Read(id, fields!), RedisFields.Checkpoint(fields!), null, wakes),
            ScriptCode.Waiting => new Started(StartKind.Waiting, null, null, null, wakes),
            _ => new Started(StartKind.Gone, fields is null ? null : RedisFields.Read(id, fields), null, null, wakes),
        };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Hold>> RenewAsync(WorkerName worker, IReadOnlyList<Held> held, CancellationToken cancellation)
    {
        var holds = new List<Hold>(held.Count);
        var kept = 0;
        do
        {
            var some = held.Skip(holds.Count).Take(Slice).ToArray();
            // What cannot be an id must not become a key; an empty name is no task's.
            RedisValue[] arguments =
            [
                worker.Name, _clock.Given, kept,
                .. some.SelectMany(one => new RedisValue[] { TaskIds.IsWellFormed(one.Id) ? one.Id : "", one.Fence }),
            ];
            var answers = (RedisValue[])(await RunAsync(_renew, _keys.Workers, arguments, cancellation))!;
            holds.AddRange(answers.Select(answer => (int)answer switch { 1 => Hold.Held, 2 => Hold.CancelRequested, _ => Hold.Lost }));
            kept = holds.Count(hold => hold != Hold.Lost);
        }
        while (holds.Count < held.Count);
        return holds;
    }

    /// <inheritdoc/>
    public async Task<Reported> ReportAsync(Held held, TaskProgress? progress, IReadOnlyList<TaskLogLine> lines, CancellationToken cancellation)
    {
        if (!TaskIds.IsWellFormed(held.Id))
            return new Reported(Hold.Lost, false);
        var (ring, sent, change) = (false, 0, progress is null ? "" : TaskEventData.Progress(progress));
        while (true)
        {
            var some = lines.Skip(sent).Take(Slice);
            RedisResult[] reply;
            try
            {
                reply = (RedisResult[])(await RunAsync(
                    _report, _keys.Task(held.Id), [held.Id, held.Fence, _clock.Given, change, .. some.Select(line => (RedisValue)WriteLine(line))], cancellation))!;
            }
            catch (TaskException away) when (away.IsOutage && sent > 0)
            {
                throw new TaskException(TaskErrors.OutcomeUnknown, $"Of {lines.Count} log lines at least {sent} were written: {away.Message}", away);
            }
            if (RedisReplies.Code(reply) == ScriptCode.LeaseLost)
                return new Reported(Hold.Lost, ring);
            (ring, sent, change) = (ring || (int)reply[2] == 1, sent + Slice, "");
            if (sent >= lines.Count)
                return new Reported((int)reply[1] == 1 ? Hold.CancelRequested : Hold.Held, ring);
        }
    }

    /// <inheritdoc/>
    public Task SaveCheckpointAsync(Held held, string checkpoint, CancellationToken cancellation) =>
        DoAsync(_checkpoint, KeyOf(held), [held.Fence, checkpoint], cancellation);

    /// <inheritdoc/>
    public Task ContinueAsync(Held held, string? checkpoint, CancellationToken cancellation) =>
        DoAsync(_continue, KeyOf(held), [held.Id, held.Fence, _clock.Given, checkpoint ?? ""], cancellation);

    /// <inheritdoc/>
    public Task<Ended> CompleteAsync(Held held, string result, CancellationToken cancellation)
    {
        var change = RedisClock.Marked(TaskEventData.Completed(RedisClock.Unknown, result));
        return EndAsync(_complete, TaskState.Completed, held, [result, change], cancellation);
    }

    /// <inheritdoc/>
    public Task<Ended> FailAsync(Held held, TaskError error, CancellationToken cancellation)
    {
        var change = RedisClock.Marked(TaskEventData.Failed(RedisClock.Unknown, error));
        return EndAsync(_fail, TaskState.Failed, held, [RedisFields.WriteError(error), change], cancellation);
    }

    /// <inheritdoc/>
    public Task<Ended> BackOffAsync(Held held, TaskError error, DateTimeOffset runAt, CancellationToken cancellation)
    {
        var due = runAt.ToUnixTimeMilliseconds();
        return GiveBackAsync(held, due, RedisFields.WriteError(error), TaskEventData.Retrying(0, error, At(due)), cancellation);
    }

    /// <inheritdoc/>
    public Task<Ended> ReleaseAsync(Held held, CancellationToken cancellation) =>
        GiveBackAsync(held, null, "", TaskEventData.Retrying(0, null, null), cancellation);

    /// <inheritdoc/>
    public Task<Ended> StopAsync(Held held, CancellationToken cancellation) =>
        EndAsync(_stop, TaskState.Cancelled, held, [_cancelled], cancellation);

    /// <inheritdoc/>
    public Task<Ended> AwaitChildrenAsync(Held held, long total, bool toFailure, CancellationToken cancellation) =>
        EndAsync(_awaitChildren, TaskState.Running, held, [total, toFailure ? 1 : 0, _cancelled], cancellation);

    /// <inheritdoc/>
    public async Task<Settled> SettleAsync(int limit, CancellationToken cancellation)
    {
        RedisValue[] arguments =
        [
            _clock.Given, limit, _cancelled, RedisFields.WriteError(PredecessorFailed), RedisClock.Marked(TaskEventData.Failed(RedisClock.Unknown, PredecessorFailed)),
        ];
        return new Settled(await WakesAsync(await DoAsync(_settle, _keys.Settling, arguments, cancellation), 1, cancellation));
    }

    private Task<Ended> GiveBackAsync(Held held, long? due, string error, string change, CancellationToken cancellation)
    {
        var (before, after) = Around(change, "retryCount");
        return EndAsync(_giveBack, TaskState.Pending, held, [due ?? RedisValue.EmptyString, error, before, after, _cancelled], cancellation);
    }

    private async Task<Ended> EndAsync(RedisScript script, TaskState to, Held held, RedisValue[] more, CancellationToken cancellation)
    {
        var reply = await DoAsync(script, KeyOf(held), [held.Id, held.Fence, _clock.Given, .. more], cancellation);
        // Given back, and cancelled instead.
        var cancelled = reply.Length > 5;
        return new Ended((long)reply[1], cancelled ? TaskState.Cancelled : to, await WakesAsync(reply, 2, cancellation));
    }

    /// <summary>The key of a task that somebody claims to hold; what cannot be an id is nobody's.</summary>
    private RedisKey KeyOf(Held held) => TaskIds.IsWellFormed(held.Id)
        ? _keys.Task(held.Id)
        : throw new TaskException(TaskErrors.LeaseLost, "There is no such task.");

    /// <summary>An event's data cut in two around a number that only the script will know; it must stand there as 0.</summary>
    private static (string Before, string After) Around(string json, string name)
    {
        var sought = $"\"{name}\":0";
        var at = json.IndexOf(sought, StringComparison.Ordinal);
        if (at < 0)
            throw new InvalidOperationException($"The event's data has no {sought}.");
        var number = at + sought.Length - 1;
        return (json[..number], json[(number + 1)..]);
    }

    private static string WriteLine(TaskLogLine line) =>
        string.Create(CultureInfo.InvariantCulture, $"{line.At.ToUnixTimeMilliseconds()} {(int)line.Level} {line.Message}");

    private static TaskLogLine ReadLine(string line)
    {
        var level = line.IndexOf(' ', StringComparison.Ordinal) + 1;
        return new TaskLogLine(At(long.Parse(line.AsSpan(0, level - 1), CultureInfo.InvariantCulture)), (TaskLogLevel)(line[level] - '0'), line[(level + 2)..]);
    }
}
