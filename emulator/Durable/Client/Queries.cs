using System.Globalization;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Client;

/// <summary>Reads of instances as they are committed. Each is of one moment.</summary>
internal sealed class Queries(DurableEngine engine)
{
    private static readonly P.OrchestrationStatus[] _finished =
    [
        P.OrchestrationStatus.Completed, P.OrchestrationStatus.Failed, P.OrchestrationStatus.Terminated, P.OrchestrationStatus.Canceled,
    ];

    /// <summary>An instance's history, oldest first; null when there is no such instance.</summary>
    public IReadOnlyList<P.HistoryEvent>? History(string instanceId) => engine.Reader.Snapshot(session =>
        session.Instance(instanceId) is { } stored ? HistoryBuffer.Parse(session.History(stored.Row.Head)).ToList() : null);

    public P.OrchestrationState? Get(string instanceId, bool withPayloads) => engine.Reader.Snapshot(session =>
        session.Instance(instanceId) is { } stored ? State(session, stored, withPayloads) : null);

    public P.QueryInstancesResponse List(P.InstanceQuery query)
    {
        var size = query.MaxInstanceCount is > 0 and var asked ? asked : 100;
        var where = new Where()
            .From("created >= ", query.CreatedTimeFrom)
            .To("created <= ", query.CreatedTimeTo)
            .Statuses(query.RuntimeStatus)
            .Prefix(query.InstanceIdPrefix)
            .After("key > ", query.ContinuationToken);
        return engine.Reader.Snapshot(session =>
        {
            var found = Select(session, where, size);
            var response = new P.QueryInstancesResponse
            {
                ContinuationToken = found.Count == size ? found[^1].Row.Key.ToString(CultureInfo.InvariantCulture) : null,
            };
            foreach (var stored in found)
                response.OrchestrationState.Add(State(session, stored, query.FetchInputsAndOutputs));
            return response;
        });
    }

    /// <summary>Ids of instances by when they ended.</summary>
    public P.ListInstanceIdsResponse ListIds(P.ListInstanceIdsRequest request)
    {
        var ended = request.CompletedTimeFrom is not null || request.CompletedTimeTo is not null;
        var size = request.PageSize > 0 ? request.PageSize : 100;
        var where = new Where()
            .From("updated >= ", request.CompletedTimeFrom)
            .To("updated <= ", request.CompletedTimeTo)
            .Statuses(request.RuntimeStatus.Count > 0 ? request.RuntimeStatus : ended ? _finished : null)
            .After("key > ", request.LastInstanceKey);
        var found = engine.Reader.Read(session => Select(session, where, size));
        var response = new P.ListInstanceIdsResponse
        {
            LastInstanceKey = found.Count == size ? found[^1].Row.Key.ToString(CultureInfo.InvariantCulture) : null,
        };
        response.InstanceIds.AddRange(found.Select(stored => stored.Row.Id));
        return response;
    }

    /// <summary>Keys of ended instances that a purge may take, oldest first.</summary>
    public IReadOnlyList<InstanceRow> Purgeable(P.PurgeInstanceFilter filter, long after, int count)
    {
        var statuses = (filter.RuntimeStatus.Count > 0 ? filter.RuntimeStatus.AsEnumerable() : _finished).Intersect(_finished).ToArray();
        if (statuses.Length == 0)
            return [];
        var where = new Where()
            .From("created >= ", filter.CreatedTimeFrom)
            .To("created <= ", filter.CreatedTimeTo)
            .Statuses(statuses)
            .After("key > ", after.ToString(CultureInfo.InvariantCulture));
        return engine.Reader.Read(session => Select(session, where, count)).ConvertAll(stored => stored.Row);
    }

    public static P.OrchestrationState State(
        InstanceRow row,
        P.OrchestrationStatus status,
        long updated,
        string? custom,
        bool withPayloads,
        P.ExecutionStartedEvent? started,
        P.ExecutionCompletedEvent? end)
    {
        var state = new P.OrchestrationState
        {
            InstanceId = row.Id,
            Name = row.Name,
            Version = row.Version ?? "",
            OrchestrationStatus = status,
            CreatedTimestamp = Happenings.Time(row.Created),
            LastUpdatedTimestamp = Happenings.Time(updated),
            CompletedTimestamp = status.IsFinished() ? Happenings.Time(updated) : null,
            Input = withPayloads ? started?.Input : null,
            Output = withPayloads ? end?.Result : null,
            CustomStatus = withPayloads ? custom : null,
            FailureDetails = withPayloads ? end?.FailureDetails : null,
            ScheduledStartTimestamp = started?.ScheduledStartTimestamp,
            ExecutionId = started?.OrchestrationInstance?.ExecutionId,
            ParentInstanceId = started?.ParentInstance?.OrchestrationInstance?.InstanceId,
        };
        foreach (var (name, value) in row.Tags ?? new Dictionary<string, string>())
            state.Tags[name] = value;
        return state;
    }

    /// <summary>Instances for people who look, the latest first, from a key downwards.</summary>
    /// <param name="words">Each is a status's name, or a part of the id or the name.</param>
    /// <param name="before">The key where the last page ended; null for the first.</param>
    /// <param name="count">Instances at most.</param>
    public IReadOnlyList<StoredInstance> Latest(IEnumerable<string> words, string? before, int count)
    {
        var where = new Where().After("key < ", before);
        foreach (var word in words)
        {
            if (Enum.TryParse<P.OrchestrationStatus>(word, ignoreCase: true, out var status) && char.IsLetter(word[0]))
                where.Statuses([status]);
            else
                where.Contains(word, "id", "name");
        }

        return engine.Reader.Read(session => Select(session, where, count, latestFirst: true));
    }

    private static List<StoredInstance> Select(StoreReader.Session session, Where where, int count, bool latestFirst = false)
    {
        using var rows = session.Connection.Prepare(
            $"SELECT {StoreReader.InstanceColumns} FROM instance{where.Text} ORDER BY key {(latestFirst ? "DESC" : "")} LIMIT {count}");
        where.Bind(rows);
        var found = new List<StoredInstance>();
        while (rows.Step())
            found.Add(StoreReader.Session.ReadInstance(rows));
        return found;
    }

    private static P.OrchestrationState State(StoreReader.Session session, StoredInstance stored, bool withPayloads)
    {
        P.ExecutionStartedEvent? started = null;
        P.ExecutionCompletedEvent? end = null;
        if (withPayloads)
        {
            // The input is in the second event of the oldest row, the output at the end of the newest.
            started = Events(stored.Row.First).Select(e => e.ExecutionStarted).FirstOrDefault(e => e is not null);
            if (stored.Status.IsFinished())
                end = Events(stored.Row.Head).Select(e => e.ExecutionCompleted).LastOrDefault(e => e is not null);
        }

        return State(stored.Row, stored.Status, stored.Updated, stored.Custom, withPayloads, started, end);

        IEnumerable<P.HistoryEvent> Events(long row) => session.Row(row) is { } events ? HistoryBuffer.Parse(events) : [];
    }
}
