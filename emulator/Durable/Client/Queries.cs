using System.Collections.Immutable;
using System.Globalization;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Client;

/// <summary>Reads of instances as they are committed.</summary>
internal sealed class Queries(DurableEngine engine)
{
    /// <summary>An instance's history, oldest first; null when there is no such instance.</summary>
    public IReadOnlyList<Event>? History(string instanceId) => engine.Reader.Read(session =>
        session.Instance(instanceId) is { } stored
            ? new EventReader(session.History(stored.Row.Head)).ReadAll().ToList()
            : null);

    public OrchestrationMetadata? Get(string instanceId, bool withPayloads) => engine.Reader.Read(session =>
        session.Instance(instanceId) is { } stored ? Metadata(session, stored, withPayloads) : null);

    public Page<OrchestrationMetadata> List(OrchestrationQuery filter, string? token, int pageSize)
    {
        var where = new Where()
            .From("created >= ", filter.CreatedFrom)
            .To("created <= ", filter.CreatedTo)
            .Statuses(filter.Statuses)
            .Prefix(filter.InstanceIdPrefix)
            .After("key > ", token);
        return engine.Reader.Read(session =>
        {
            var found = Select(session, where, "key", pageSize);
            var values = found.ConvertAll(stored => Metadata(session, stored, filter.FetchInputsAndOutputs));
            var next = found.Count == pageSize ? found[^1].Row.Key.ToString(CultureInfo.InvariantCulture) : null;
            return new Page<OrchestrationMetadata>(values, next);
        });
    }

    /// <summary>Ids of instances by when they ended.</summary>
    public Page<string> ListIds(
        IEnumerable<OrchestrationRuntimeStatus>? statuses, DateTimeOffset? from, DateTimeOffset? to, int pageSize, string? token)
    {
        var ended = from is not null || to is not null;
        var where = new Where()
            .From("updated >= ", from)
            .To("updated <= ", to)
            .Statuses(statuses ?? (ended ? Finished : null))
            .After("key > ", token);
        var found = engine.Reader.Read(session => Select(session, where, "key", pageSize));
        var next = found.Count == pageSize ? found[^1].Row.Key.ToString(CultureInfo.InvariantCulture) : null;
        return new Page<string>(found.ConvertAll(stored => stored.Row.Id), next);
    }

    /// <summary>Keys of ended instances that a purge may take, oldest first.</summary>
    public IReadOnlyList<long> Purgeable(PurgeInstancesFilter filter, long after, int count)
    {
        var statuses = (filter.Statuses ?? Finished).Intersect(Finished).ToArray();
        if (statuses.Length == 0)
            return [];
        var where = new Where()
            .From("created >= ", filter.CreatedFrom)
            .To("created <= ", filter.CreatedTo)
            .Statuses(statuses)
            .After("key > ", after.ToString(CultureInfo.InvariantCulture));
        return engine.Reader.Read(session => Select(session, where, "key", count)).ConvertAll(stored => stored.Row.Key);
    }

    public OrchestrationMetadata Metadata(
        InstanceRow row,
        OrchestrationRuntimeStatus status,
        long updated,
        string? custom,
        bool withPayloads,
        string? input,
        Event? end) => new(row.Name, row.Id)
        {
            DataConverter = withPayloads ? engine.Options.DataConverter : null,
            RuntimeStatus = status,
            CreatedAt = new DateTimeOffset(row.Created, TimeSpan.Zero),
            LastUpdatedAt = new DateTimeOffset(updated, TimeSpan.Zero),
            SerializedInput = withPayloads ? input : null,
            SerializedOutput = withPayloads ? end?.Text : null,
            SerializedCustomStatus = withPayloads ? custom : null,
            FailureDetails = withPayloads ? end?.Failure : null,
            Tags = row.Tags ?? ImmutableDictionary<string, string>.Empty,
        };

    private static readonly OrchestrationRuntimeStatus[] Finished =
    [
        OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated,
    ];

    private static List<StoredInstance> Select(StoreReader.Session session, Where where, string order, int count)
    {
        using var rows = session.Connection.Prepare(
            $"SELECT {StoreReader.InstanceColumns} FROM instance{where.Text} ORDER BY {order} LIMIT {count}");
        where.Bind(rows);
        var found = new List<StoredInstance>();
        while (rows.Step())
            found.Add(StoreReader.Session.ReadInstance(rows));
        return found;
    }

    private OrchestrationMetadata Metadata(StoreReader.Session session, StoredInstance stored, bool withPayloads)
    {
        string? input = null;
        Event? end = null;
        if (withPayloads)
        {
            // The input is the first record of the oldest row, the output the last one of the newest.
            input = session.Row(stored.Row.First)?.Read().Text;
            if (Engine.Refusals.IsFinished(stored.Status))
                end = session.Row(stored.Row.Head)?.ReadAll().Last();
        }

        return Metadata(stored.Row, stored.Status, stored.Updated, stored.Custom, withPayloads, input, end);
    }
}
