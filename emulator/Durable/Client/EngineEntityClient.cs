using System.Globalization;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.Entities;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Client;

/// <summary>Signals, reads and lists entities.</summary>
internal sealed class EngineEntityClient(DurableEngine engine) : DurableEntityClient("tasklane")
{
    private DataConverter Converter => engine.Options.DataConverter;

    public override Task SignalEntityAsync(
        EntityInstanceId id,
        string operationName,
        object? input = null,
        SignalEntityOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(operationName);
        engine.RequireRunning();
        cancellation.ThrowIfCancellationRequested();
        var target = id.ToString();
        var stored = new Reply(target);
        engine.Writer.Enqueue(new MailCommit(engine)
        {
            Sent = new Event(EventKind.EntityOperation)
            {
                Target = target,
                Name = operationName,
                Text = Converter.Serialize(input),
                Time = options?.SignalTime?.UtcTicks ?? 0,
            },
            After = stored,
        });
        return stored.Task.WaitAsync(cancellation);
    }

    public override Task<EntityMetadata<T>?> GetEntityAsync<T>(
        EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default) =>
        Task.FromResult(Find(id, cancellation) is { } stored ? Typed<T>(stored, includeState) : null);

    public override Task<EntityMetadata?> GetEntityAsync(
        EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default) =>
        Task.FromResult(Find(id, cancellation) is { } stored ? Untyped(stored, includeState) : null);

    public override AsyncPageable<EntityMetadata> GetAllEntitiesAsync(EntityQuery? filter = null) =>
        List(filter ?? new EntityQuery(), Untyped);

    public override AsyncPageable<EntityMetadata<T>> GetAllEntitiesAsync<T>(EntityQuery? filter = null) =>
        List(filter ?? new EntityQuery(), Typed<T>);

    /// <summary>Frees locks whose orchestration is gone. Entities without state and lock are never kept, so none is removed.</summary>
    public override async Task<CleanEntityStorageResult> CleanEntityStorageAsync(
        CleanEntityStorageRequest? request = null,
        bool continueUntilComplete = true,
        CancellationToken cancellation = default)
    {
        engine.RequireRunning();
        var released = 0;
        if ((request ?? CleanEntityStorageRequest.Default).ReleaseOrphanedLocks)
        {
            var locked = engine.Reader.Read(session => Select(session, new Where().Raw("owner IS NOT NULL"), int.MaxValue));
            foreach (var entity in locked.Where(entity => IsOrphan(entity.Owner!)))
            {
                var reply = new Reply(entity.Id);
                engine.Send(entity.Id, new Event(EventKind.Collect) { Text = entity.Owner, Reply = reply });
                await reply.Task.WaitAsync(cancellation);
                released++;
            }
        }

        return new CleanEntityStorageResult { OrphanedLocksReleased = released };
    }

    private static List<StoredEntity> Select(StoreReader.Session session, Where where, int count)
    {
        using var rows = session.Connection.Prepare(
            $"SELECT key, id, state, owner, updated FROM entity{where.Text} ORDER BY key LIMIT {count}");
        where.Bind(rows);
        var found = new List<StoredEntity>();
        while (rows.Step())
            found.Add(StoreReader.Session.ReadEntity(rows));
        return found;
    }

    private static EntityMetadata Untyped(StoredEntity stored, bool includeState, DataConverter converter) => new(
        EntityInstanceId.FromString(stored.Id),
        includeState && stored.State is { } state ? new SerializedData(state, converter) : null)
    {
        LastModifiedTime = new DateTimeOffset(stored.Updated, TimeSpan.Zero),
        LockedBy = stored.Owner is { } owner ? EntityLock.InstanceOf(owner) : null,
    };

    private bool IsOrphan(string owner) =>
        engine.Reader.Instance(EntityLock.InstanceOf(owner)) is not { } stored
        || stored.Row.Key != EntityLock.KeyOf(owner)
        || stored.Status.IsFinished();

    private EntityMetadata Untyped(StoredEntity stored, bool includeState) => Untyped(stored, includeState, Converter);

    private EntityMetadata<T> Typed<T>(StoredEntity stored, bool includeState)
    {
        var id = EntityInstanceId.FromString(stored.Id);
        var modified = new DateTimeOffset(stored.Updated, TimeSpan.Zero);
        var lockedBy = stored.Owner is { } owner ? EntityLock.InstanceOf(owner) : null;
        return includeState && stored.State is not null
            ? new EntityMetadata<T>(id, Converter.Deserialize<T>(stored.State)) { LastModifiedTime = modified, LockedBy = lockedBy }
            : new EntityMetadata<T>(id) { LastModifiedTime = modified, LockedBy = lockedBy };
    }

    private StoredEntity? Find(EntityInstanceId id, CancellationToken cancellation)
    {
        engine.RequireRunning();
        cancellation.ThrowIfCancellationRequested();
        var stored = engine.Reader.Read(session => session.Entity(id.ToString()));
        return stored?.State is null ? null : stored;
    }

    private AsyncPageable<T> List<T>(EntityQuery filter, Func<StoredEntity, bool, T> convert)
        where T : notnull => Pageable.Create((token, size, cancellation) =>
    {
        engine.RequireRunning();
        cancellation.ThrowIfCancellationRequested();
        var count = Math.Max(1, size ?? filter.PageSize ?? EntityQuery.DefaultPageSize);
        var where = new Where()
            .From("updated >= ", filter.LastModifiedFrom)
            .To("updated <= ", filter.LastModifiedTo)
            .Prefix(filter.InstanceIdStartsWith)
            .After("key > ", token ?? filter.ContinuationToken);
        if (!filter.IncludeTransient)
            where.Raw("state IS NOT NULL");
        var found = engine.Reader.Read(session => Select(session, where, count));
        var next = found.Count == count ? found[^1].Key.ToString(CultureInfo.InvariantCulture) : null;
        return Task.FromResult(new Page<T>(found.ConvertAll(stored => convert(stored, filter.IncludeState)), next));
    });
}
