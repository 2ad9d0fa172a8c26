using System.Globalization;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.Entities;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Client;

/// <summary>Signals, reads and lists entities.</summary>
internal sealed partial class DurableHub
{
    public async Task SignalEntityAsync(P.SignalEntityRequest request, CancellationToken cancellation)
    {
        RequireWritable();
        var target = InstanceNames.CheckedEntity(request.InstanceId);
        if (request.Name.Length == 0)
            throw Refusals.Invalid("The name of the operation is missing.");
        var due = request.ScheduledTime is { } at && Happenings.Ticks(at) > engine.Now() ? Happenings.Ticks(at) : 0;
        var stored = new Reply(target);
        engine.Writer.Enqueue(new MailCommit(engine)
        {
            Sent = new Message(MessageKind.Entity)
            {
                Target = target,
                Due = due,
                Event = new P.HistoryEvent
                {
                    EntityOperationSignaled = new P.EntityOperationSignaledEvent
                    {
                        RequestId = request.RequestId,
                        Operation = request.Name,
                        Input = request.Input,
                        TargetInstanceId = target,
                    },
                },
            },
            After = stored,
        });
        await Written(stored, cancellation);
    }

    public P.GetEntityResponse GetEntity(P.GetEntityRequest request)
    {
        engine.RequireRunning();
        var id = InstanceNames.CheckedEntity(request.InstanceId);
        var stored = engine.Reader.Read(session => session.Entity(id));
        return stored?.State is null
            ? new P.GetEntityResponse { Exists = false }
            : new P.GetEntityResponse { Exists = true, Entity = Metadata(stored, request.IncludeState) };
    }

    public P.QueryEntitiesResponse QueryEntities(P.QueryEntitiesRequest request)
    {
        engine.RequireRunning();
        var query = request.Query ?? new P.EntityQuery();
        var size = query.PageSize is > 0 and var asked ? asked : 100;
        var where = new Where()
            .From("updated >= ", query.LastModifiedFrom)
            .To("updated <= ", query.LastModifiedTo)
            .Prefix(EntityPrefix(query.InstanceIdStartsWith))
            .After("key > ", query.ContinuationToken);
        if (!query.IncludeTransient)
            where.Raw("state IS NOT NULL");
        var found = engine.Reader.Read(session => SelectEntities(session, where, size));
        var response = new P.QueryEntitiesResponse
        {
            ContinuationToken = found.Count == size ? found[^1].Key.ToString(CultureInfo.InvariantCulture) : null,
        };
        response.Entities.AddRange(found.Select(stored => Metadata(stored, query.IncludeState)));
        return response;
    }

    /// <summary>Frees locks whose orchestration is gone. Entities without state and lock are never kept, so none is removed.</summary>
    public async Task<P.CleanEntityStorageResponse> CleanEntityStorageAsync(P.CleanEntityStorageRequest request, CancellationToken cancellation)
    {
        RequireWritable();
        var response = new P.CleanEntityStorageResponse();
        if (!request.ReleaseOrphanedLocks)
            return response;
        var locked = engine.Reader.Read(session => SelectEntities(session, new Where().Raw("owner IS NOT NULL"), int.MaxValue));
        foreach (var entity in locked.Where(entity => IsOrphan(entity.Owner!)))
        {
            var reply = new Reply(entity.Id);
            engine.Send(entity.Id, new Message(MessageKind.ReleaseLock) { Owner = entity.Owner, Reply = reply });
            await Written(reply, cancellation);
            response.OrphanedLocksReleased++;
        }

        return response;
    }

    private async Task<int> PurgeEntityAsync(string id, CancellationToken cancellation)
    {
        if (engine.Reader.Read(session => session.Entity(id)) is null)
            return 0;
        await SignalEntityAsync(new P.SignalEntityRequest { InstanceId = id, Name = "delete", RequestId = Guid.NewGuid().ToString() }, cancellation);
        return 1;
    }

    // Given as a name alone, or with its "@" and a part of the key.
    private static string? EntityPrefix(string? prefix)
    {
        if (string.IsNullOrEmpty(prefix))
            return null;
        if (prefix[0] != '@')
            return "@" + prefix.ToLowerInvariant();
        var second = prefix.IndexOf('@', 1);
        return second < 0 ? prefix.ToLowerInvariant() : string.Concat(prefix[..second].ToLowerInvariant(), prefix[second..]);
    }

    private static P.EntityMetadata Metadata(StoredEntity stored, bool includeState) => new()
    {
        InstanceId = stored.Id,
        LastModifiedTime = Happenings.Time(stored.Updated),
        LockedBy = stored.Owner is { } owner ? EntityLock.InstanceOf(owner) : null,
        SerializedState = includeState ? stored.State : null,
    };

    /// <summary>Entities for people who look, the latest made first, from a key downwards.</summary>
    public IReadOnlyList<StoredEntity> LatestEntities(string search, string? before, int count)
    {
        engine.RequireRunning();
        var where = new Where().After("key < ", before);
        if (search.Length > 0)
            where.Contains(search, "id", "state");
        return engine.Reader.Read(session => SelectEntities(session, where, count, latestFirst: true));
    }

    private static List<StoredEntity> SelectEntities(StoreReader.Session session, Where where, int count, bool latestFirst = false)
    {
        using var rows = session.Connection.Prepare(
            $"SELECT key, id, state, owner, updated FROM entity{where.Text} ORDER BY key {(latestFirst ? "DESC" : "")} LIMIT {count}");
        where.Bind(rows);
        var found = new List<StoredEntity>();
        while (rows.Step())
            found.Add(StoreReader.Session.ReadEntity(rows));
        return found;
    }

    private bool IsOrphan(string owner) =>
        engine.Reader.Instance(EntityLock.InstanceOf(owner)) is not { } stored
        || stored.Row.Key != EntityLock.KeyOf(owner)
        || stored.Status.IsFinished();
}
