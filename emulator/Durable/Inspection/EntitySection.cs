using System.Globalization;
using System.Text.Json;
using Grpc.Core;
using Tasklane.Emulator.Durable.Entities;
using Tasklane.Emulator.Inspector;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Inspection;

/// <summary>Entities with their state, the latest made first; signals can be sent.</summary>
internal sealed class EntitySection(DurableRoom durable) : IInspectorSection
{
    public string Name => "entities";

    public string Title => "Entities";

    public int Order => 40;

    public IReadOnlyList<InspectorColumn> Columns { get; } =
        [new("Name", InspectorLook.Code), new("Key", InspectorLook.Code), new("State"), new("Last change", InspectorLook.Time), new("Locked by", InspectorLook.Code)];

    public ValueTask<InspectorRows> ListAsync(InspectorQuery query, CancellationToken cancellationToken)
    {
        var found = durable.Engine.Hub.LatestEntities(query.Search, query.After, query.Limit);
        return ValueTask.FromResult(new InspectorRows(
            [.. found.Select(stored =>
            {
                var second = stored.Id.IndexOf('@', 1);
                return new InspectorRow(
                    stored.Id,
                    stored.Id[1..second],
                    stored.Id[(second + 1)..],
                    stored.State is { Length: > 200 } state ? state[..200] + "…" : stored.State,
                    new DateTimeOffset(stored.Updated, TimeSpan.Zero),
                    Owner(stored.Owner));
            })],
            found.Count == query.Limit ? found[^1].Key.ToString(CultureInfo.InvariantCulture) : null));
    }

    public ValueTask<InspectorDetail?> FindAsync(string id, CancellationToken cancellationToken) => ValueTask.FromResult(
        durable.Engine.Reader.Read(session => session.Entity(id)) is { } stored
            ? new InspectorDetail(
                stored.Id,
                [
                    new("Last change", new DateTimeOffset(stored.Updated, TimeSpan.Zero), InspectorLook.Time),
                    new("Locked by", Owner(stored.Owner), InspectorLook.Code),
                    new("State", stored.State),
                ],
                [
                    new InspectorAction("signal", "Signal", "The operation's name, then its input as JSON"),
                    new InspectorAction("delete", "Delete", Confirms: true),
                ])
            : null);

    public async ValueTask<string> ActAsync(string id, string action, string? input, CancellationToken cancellationToken)
    {
        var (operation, data) = action switch
        {
            "signal" => Operation(input),
            "delete" => ("delete", null),
            _ => throw new InspectorException($"An entity cannot '{action}'."),
        };
        try
        {
            await durable.Engine.Hub.SignalEntityAsync(
                new P.SignalEntityRequest { InstanceId = id, Name = operation, Input = data, RequestId = Guid.NewGuid().ToString() },
                cancellationToken);
            return $"'{operation}' has been signalled.";
        }
        catch (RpcException e)
        {
            throw new InspectorException(e.Status.Detail, e);
        }
    }

    private static (string Name, string? Input) Operation(string? input)
    {
        var parts = (input ?? "").Trim().Split((char[])[' ', '\n'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts switch
        {
            [] => throw new InspectorException("An operation has a name."),
            [var name] => (name, null),
            [var name, var data, ..] => (name, IsJson(data) ? data : JsonSerializer.Serialize(data)),
        };
    }

    private static bool IsJson(string text)
    {
        try
        {
            JsonElement.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? Owner(string? owner) => owner is null ? null : EntityLock.InstanceOf(owner);
}
