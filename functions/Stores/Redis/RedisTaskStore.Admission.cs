using System.Text.Json.Nodes;
using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Redis;

// A task's way to its slot, and what people ask of it: create, cancel, retry.
public sealed partial class RedisTaskStore
{
    private const int FirstTag = 16;

    /// <inheritdoc/>
    public async Task<Created> CreateAsync(NewTask task, CancellationToken cancellation)
    {
        var reply = RedisReplies.Checked(await _connection.RunAsync(_create, TaskAndKey(task.Id, task.Key), CreateArguments(task), cancellation));
        if (RedisReplies.Code(reply) is ScriptCode.Existing or ScriptCode.Taken)
            return Existing(reply) with { Taken = RedisReplies.Code(reply) == ScriptCode.Taken };
        return Settled(NewRecord(task, (long)reply[5]), reply, await WakesAsync(reply, 2, cancellation));
    }

    /// <inheritdoc/>
    public async Task<Cancelled> CancelAsync(string id, string? owner, bool stopRunning, CancellationToken cancellation)
    {
        if (!TaskIds.IsWellFormed(id))
            throw NoSuchTask();
        RedisValue[] arguments = [id, _clock.Given, stopRunning ? 1 : 0, _cancelled];
        var reply = await DoAsync(_cancel, _keys.Task(id), owner is null ? arguments : [.. arguments, owner], cancellation);
        return new Cancelled(Read(id, reply[5])!, (int)reply[1] == 1, await WakesAsync(reply, 2, cancellation));
    }

    /// <inheritdoc/>
    public async Task<Created> RetryAsync(string id, string? owner, RequestKey? key, CancellationToken cancellation)
    {
        if (!TaskIds.IsWellFormed(id))
            throw NoSuchTask();
        RedisValue[] arguments = [id, _clock.Given, TaskEventData.Retrying(0, null, null), key?.Hash ?? ""];
        var reply = RedisReplies.Checked(await _connection.RunAsync(
            _retry, TaskAndKey(id, key), owner is null ? arguments : [.. arguments, owner], cancellation));
        if (RedisReplies.Code(reply) == ScriptCode.Existing)
            return Existing(reply);
        return Settled(Read(id, reply[5])!, reply, await WakesAsync(reply, 2, cancellation));
    }

    private RedisKey[] TaskAndKey(string id, RequestKey? key) => key is null ? [_keys.Task(id)] : [_keys.Task(id), _keys.Once(key)];

    /// <summary>The task of an earlier request with the same key.</summary>
    private static Created Existing(RedisResult[] reply) =>
        new(RedisFields.Read((string)reply[3]!, (RedisValue[])reply[2]!)!, (int)reply[1] == 1, Existing: true, Wakes.None);

    /// <summary>Whether the task itself was granted, at once or in what came after, is said apart from the others' grants.</summary>
    private static Created Settled(TaskRecord task, RedisResult[] reply, Wakes wakes)
    {
        var granted = (int)reply[1] == 1;
        if (!granted && wakes.Grants.Any(grant => grant.Id == task.Id))
            (granted, wakes) = (true, wakes with { Grants = [.. wakes.Grants.Where(grant => grant.Id != task.Id)] });
        return new Created(task, granted, Existing: false, wakes);
    }

    private RedisValue[] CreateArguments(NewTask task)
    {
        // The type's own words are found by the type's bitmaps, so only the others are written per task.
        var words = SearchWords.Of(task);
        var known = _wordsOfType.TryGetValue(task.Type, out var typeWords);
        if (!known)
            _wordsOfType[task.Type] = typeWords = SearchWords.OfText(task.Type).Count;
        var tags = task.Tags.Count == 0 ? [] : task.Tags.Distinct(StringComparer.Ordinal).ToArray();

        var arguments = new RedisValue[FirstTag + tags.Length + words.Count - typeWords];
        arguments[0] = task.Id;
        arguments[1] = _clock.Given;
        arguments[2] = task.Type;
        arguments[3] = task.CreatedBy;
        arguments[4] = task.Priority.Name();
        arguments[5] = task.Payload;
        arguments[6] = task.Source;
        arguments[7] = RedisFields.WriteOptions(task);
        arguments[8] = tags.Length == 0 ? "" : System.Text.Json.JsonSerializer.Serialize(task.Tags);
        arguments[9] = task.RunAt is { } runAt ? runAt.ToUnixTimeMilliseconds() : "";
        arguments[10] = TaskEventData.Created(task);
        arguments[11] = Convert.FromHexString(task.Id);
        arguments[12] = task.RequestHash ?? "";
        arguments[13] = known ? 0 : 1;
        arguments[14] = tags.Length;
        arguments[15] = TaskRelations.Of(task) is not { } relations ? "" : RelationsOf(task, relations);
        for (var i = 0; i < tags.Length; i++)
            arguments[FirstTag + i] = tags[i];
        for (var i = typeWords; i < words.Count; i++)
            arguments[FirstTag + tags.Length + i - typeWords] = words[i];
        return arguments;
    }

    /// <summary>What create.lua is told of others: the relations, and of a unique key where it lies, for how long it counts, and who may have it.</summary>
    private string RelationsOf(NewTask task, TaskRelations relations)
    {
        var json = JsonNode.Parse(TaskRelations.Write(relations)!)!.AsObject();
        if (task.Unique is { } unique)
        {
            json["uniqueKey"] = (string?)_keys.Once(unique.KeyOf(task.CreatedBy));
            json["uniqueMs"] = (long)(unique.ForSeconds * 1000);
            json["replaces"] = unique.Replaces ?? "";
        }
        return json.ToJsonString();
    }

    private static TaskRecord NewRecord(NewTask task, long now) => new()
    {
        Id = task.Id,
        Type = task.Type,
        Status = TaskState.Pending,
        Priority = task.Priority,
        Payload = task.Payload,
        CreatedAt = At(now),
        CreatedBy = task.CreatedBy,
        Source = task.Source,
        MaxRetries = task.MaxRetries,
        TimeoutSeconds = task.TimeoutSeconds,
        Backoff = task.Backoff,
        RunAt = task.RunAt is { } runAt ? At(runAt.ToUnixTimeMilliseconds()) : null,
        Tags = task.Tags,
        DueAt = task.After is null && task.RunAt is { } due && due.ToUnixTimeMilliseconds() > now ? At(due.ToUnixTimeMilliseconds()) : At(now),
        Parent = task.Parent,
        UniqueKey = task.Unique?.Key,
        After = task.After,
        IsBlocked = task.After is not null,
        Version = 1,
    };
}
