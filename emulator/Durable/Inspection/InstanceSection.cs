using System.Globalization;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Inspector;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Inspection;

/// <summary>Orchestration instances, the latest first, with their histories and what can be done with them.</summary>
internal sealed class InstanceSection(DurableRoom durable) : IInspectorSection
{
    public string Name => "instances";

    public string Title => "Orchestrations";

    public int Order => 30;

    public IReadOnlyList<InspectorColumn> Columns { get; } =
    [
        new("State", InspectorLook.State), new("Orchestrator", InspectorLook.Code), new("Created", InspectorLook.Time),
        new("Took", InspectorLook.Duration), new("Id", InspectorLook.Code), new("Custom status"),
    ];

    public ValueTask<InspectorRows> ListAsync(InspectorQuery query, CancellationToken cancellationToken)
    {
        var words = query.Search.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var found = durable.Engine.Queries.Latest(words, query.After, query.Limit);
        return ValueTask.FromResult(new InspectorRows(
            [.. found.Select(stored => new InspectorRow(
                stored.Row.Id,
                StateOf(stored.Status),
                stored.Row.Name,
                new DateTimeOffset(stored.Row.Created, TimeSpan.Zero),
                stored.Status.IsFinished() ? TimeSpan.FromTicks(stored.Updated - stored.Row.Created).TotalMilliseconds : null,
                stored.Row.Id,
                stored.Custom))],
            found.Count == query.Limit ? found[^1].Row.Key.ToString(CultureInfo.InvariantCulture) : null));
    }

    public ValueTask<InspectorDetail?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (durable.Engine.Queries.Get(id, withPayloads: true) is not { } state)
            return ValueTask.FromResult<InspectorDetail?>(null);
        var fields = new List<InspectorField>
        {
            new("State", StateOf(state.OrchestrationStatus), InspectorLook.State),
            new("Id", state.InstanceId, InspectorLook.Code),
            new("Parent", string.IsNullOrEmpty(state.ParentInstanceId) ? null : Item(state.ParentInstanceId), InspectorLook.Item),
            new("Created", At(state.CreatedTimestamp), InspectorLook.Time),
            new("Last change", At(state.LastUpdatedTimestamp), InspectorLook.Time),
            new("Begins", At(state.ScheduledStartTimestamp), InspectorLook.Time),
            new("Custom status", state.CustomStatus),
            new("Input", state.Input),
            new("Output", state.Output),
            new("Failure", state.FailureDetails is { } failure ? $"{failure.ErrorType}: {failure.ErrorMessage}" : null),
        };
        fields.AddRange(state.Tags.Select(tag => new InspectorField(tag.Key, tag.Value)));
        return ValueTask.FromResult<InspectorDetail?>(new InspectorDetail(
            state.Name, fields, Actions(state.OrchestrationStatus), [new("History", HistoryTimeline.Of(durable.Engine.Queries.History(id) ?? []))]));
    }

    public async ValueTask<string> ActAsync(string id, string action, string? input, CancellationToken cancellationToken)
    {
        var state = durable.Engine.Queries.Get(id, withPayloads: false) ?? throw new InspectorException($"No instance with ID '{id}' was found.");
        if (!Actions(state.OrchestrationStatus).Any(offered => offered.Name == action))
            throw new InspectorException($"An orchestration that is {StateOf(state.OrchestrationStatus).Text} cannot '{action}'.");
        var client = durable.Client;
        try
        {
            switch (action)
            {
                case "raise":
                    var (name, payload) = Event(input);
                    await client.RaiseEventAsync(id, name, payload, cancellationToken);
                    return $"'{name}' has been raised.";
                case "suspend":
                    await client.SuspendInstanceAsync(id, input, cancellationToken);
                    return "It has been suspended.";
                case "resume":
                    await client.ResumeInstanceAsync(id, input, cancellationToken);
                    return "It has been resumed.";
                case "terminate":
                    await client.TerminateInstanceAsync(id, (object?)input, cancellationToken);
                    return "It has been terminated.";
                case "rewind":
                    await client.RewindInstanceAsync(id, input ?? "", cancellationToken);
                    return "It has been rewound.";
                case "restart":
                    return $"It has been started again, as {await client.RestartAsync(id, restartWithNewInstanceId: true, cancellationToken)}.";
                default:
                    await client.PurgeInstanceAsync(id, cancellationToken);
                    return "It has been purged.";
            }
        }
        catch (RpcException e)
        {
            throw new InspectorException(e.Status.Detail, e);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw new InspectorException(e.Message, e);
        }
    }

    public static InspectorState StateOf(P.OrchestrationStatus status) => new(
        status.ToString().ToLowerInvariant(),
        status switch
        {
            P.OrchestrationStatus.Completed => InspectorTone.Good,
            P.OrchestrationStatus.Failed => InspectorTone.Bad,
            P.OrchestrationStatus.Running or P.OrchestrationStatus.Pending => InspectorTone.Busy,
            _ => InspectorTone.Idle,
        });

    // A name, then, after a space or on the next line, JSON or plain text; nothing is null.
    private static (string Name, object? Payload) Event(string? input)
    {
        var parts = (input ?? "").Trim().Split((char[])[' ', '\n'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length == 0)
            throw new InspectorException("An event has a name.");
        if (parts.Length == 1)
            return (parts[0], null);
        try
        {
            return (parts[0], JsonElement.Parse(parts[1]));
        }
        catch (JsonException)
        {
            return (parts[0], parts[1]);
        }
    }

    private static List<InspectorAction> Actions(P.OrchestrationStatus status)
    {
        var actions = new List<InspectorAction>();
        if (status.IsFinished())
        {
            if (status == P.OrchestrationStatus.Failed)
                actions.Add(new("rewind", "Rewind"));
            actions.Add(new("restart", "Start again"));
            actions.Add(new("purge", "Purge", Confirms: true));
            return actions;
        }

        actions.Add(new("raise", "Raise event", "The event's name, then its data as JSON"));
        actions.Add(status == P.OrchestrationStatus.Suspended ? new("resume", "Resume") : new("suspend", "Suspend"));
        actions.Add(new("terminate", "Terminate", "Why (becomes the output)", Confirms: true));
        return actions;
    }

    public static InspectorItem Item(string instanceId) => new("instances", instanceId);

    private static DateTimeOffset? At(Timestamp? time) => time?.ToDateTimeOffset();
}
