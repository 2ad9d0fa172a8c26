using System.Globalization;
using System.Text;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Tasklane.Emulator.Inspector;

namespace Tasklane.Emulator.Storage.Queues;

/// <summary>The app's storage queues: how many messages wait, which come next, which failed too often; they can be put, moved back, deleted.</summary>
internal sealed class QueueSection(AppQueues queues, QueueBells bells, HostEnvironment environment) : IInspectorSection
{
    private const string Put = "put";
    private const string MoveBack = "move-back";
    private const string Purge = "purge";
    private const string PurgePoison = "purge-poison";

    // Of a body; a message has up to 64 kB, and what is shown is asked for every two seconds.
    private const int Shown = 4000;
    private const int Peeked = 32;

    // The page must not wait for a store that is away.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _moving = TimeSpan.FromMinutes(1);

    private readonly QueueSettings _settings = QueueSettings.Read(environment.HostJson);

    public string Name => "queues";

    public string Title => "Queues";

    public int Order => 60;

    public IReadOnlyList<InspectorColumn> Columns { get; } =
    [
        new("State", InspectorLook.State), new("Queue", InspectorLook.Code), new("Messages", InspectorLook.Number),
        new("Poison", InspectorLook.Number), new("Triggers"), new("Written by"), new("Connection", InspectorLook.Code),
    ];

    public async ValueTask<InspectorRows> ListAsync(InspectorQuery query, CancellationToken cancellationToken)
    {
        var page = query.Page(queues.All
            .Where(queue => query.Matches([queue.Name, queue.Account.ConnectionName, .. queue.Readers, .. queue.Writers]))
            .Select(queue => new InspectorRow(IdOf(queue), queue)));
        var rows = await Task.WhenAll(page.Rows.Select(row => RowAsync((AppQueue)row.Cells[0]!, cancellationToken)));
        return page with { Rows = rows };
    }

    public async ValueTask<InspectorDetail?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (Find(id) is not { } queue)
            return null;
        var (counts, next, poison) = (await CountAsync(queue, cancellationToken), NoMessages, NoMessages);
        if (counts.Trouble is null)
        {
            try
            {
                next = counts.Messages > 0 ? await PeekAsync(queue.Queue, "Not fetched yet", InspectorTone.Idle, cancellationToken) : [];
                poison = counts.Poison > 0 ? await PeekAsync(queue.Poison!, "Failed too often", InspectorTone.Bad, cancellationToken) : [];
            }
            catch (Exception e) when (StorageAccount.IsNotFound(e))
            {
                // Somebody deleted it just now.
            }
        }

        var actions = new List<InspectorAction> { new(Put, "Put a message", "The message's text") };
        if (counts.Poison > 0)
            actions.Add(new(MoveBack, "Move poison messages back"));
        if (counts.Messages > 0)
            actions.Add(new(Purge, "Delete all messages", Confirms: true));
        if (counts.Poison > 0)
            actions.Add(new(PurgePoison, "Delete poison messages", Confirms: true));
        return new InspectorDetail(
            queue.Name,
            [
                new("State", StateOf(counts), InspectorLook.State),
                new("Trouble", counts.Trouble),
                new("Messages", Number(counts.Messages)),
                new("Poison messages", Number(counts.Poison)),
                new("Triggers", string.Join(", ", queue.Readers)),
                new("Written by", string.Join(", ", queue.Writers)),
                new("Tries before a message is poison", queue.Readers.Any() ? Number(_settings.MaxDequeueCount) : null),
                new("Connection", queue.Account.ConnectionName, InspectorLook.Code),
            ],
            actions,
            [new("Next messages", next), new("Poison messages", poison)]);
    }

    public async ValueTask<string> ActAsync(string id, string action, string? input, CancellationToken cancellationToken)
    {
        var queue = Find(id) ?? throw new InspectorException($"The app has no queue '{id}'.");
        try
        {
            switch (action)
            {
                case Put:
                    await queue.Queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
                    await queue.Queue.SendMessageAsync(QueueText.Encode(Encoding.UTF8.GetBytes(input ?? ""), _settings.IsBase64), cancellationToken);
                    bells.Ring(queue.Queue.Uri);
                    return "The message is in the queue.";
                case MoveBack when queue.Poison is { } poison:
                    var moved = await MoveAsync(poison, queue.Queue, cancellationToken);
                    bells.Ring(queue.Queue.Uri);
                    return moved == 1 ? "One message has been moved back." : $"{Number(moved)} messages have been moved back.";
                case Purge:
                    await queue.Queue.ClearMessagesAsync(cancellationToken);
                    return "The messages have been deleted.";
                case PurgePoison when queue.Poison is { } poison:
                    await poison.ClearMessagesAsync(cancellationToken);
                    return "The poison messages have been deleted.";
                default:
                    throw new InspectorException($"The queue '{queue.Name}' cannot '{action}'.");
            }
        }
        catch (Exception e) when (StorageAccount.IsNotFound(e))
        {
            throw new InspectorException("The queue is not there.", e);
        }
        catch (Exception e) when (IsStoreTrouble(e))
        {
            throw new InspectorException($"The storage account does not answer as it should: {StorageAccount.Reason(e)}", e);
        }
    }

    private static InspectorMoment[] NoMessages => [];

    private static string IdOf(AppQueue queue) => $"{queue.Account.ConnectionName}/{queue.Name}";

    private AppQueue? Find(string id) => id.LastIndexOf('/') is > 0 and var slash ? queues.Find(id[..slash], id[(slash + 1)..]) : null;

    private static async Task<InspectorRow> RowAsync(AppQueue queue, CancellationToken cancellationToken)
    {
        var counts = await CountAsync(queue, cancellationToken);
        return new InspectorRow(
            IdOf(queue), StateOf(counts), queue.Name, counts.Messages, counts.Poison, string.Join(", ", queue.Readers),
            string.Join(", ", queue.Writers), queue.Account.ConnectionName);
    }

    private static InspectorState StateOf(Counts counts) => counts switch
    {
        { Trouble: not null } => new("no answer", InspectorTone.Bad),
        { Poison: > 0 } => new("poison", InspectorTone.Bad),
        { Messages: > 0 } => new("waiting", InspectorTone.Busy),
        { Messages: null } => new("not there", InspectorTone.Idle),
        _ => new("empty", InspectorTone.Good),
    };

    private static async Task<Counts> CountAsync(AppQueue queue, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_patience);
        try
        {
            var poison = queue.Poison is { } other ? LengthAsync(other, limit.Token) : Task.FromResult<int?>(null);
            return new Counts(await LengthAsync(queue.Queue, limit.Token), await poison, Trouble: null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Counts(null, null, $"The storage account of '{queue.Account.ConnectionName}' does not answer.");
        }
        catch (Exception e) when (IsStoreTrouble(e))
        {
            return new Counts(null, null, $"The storage account of '{queue.Account.ConnectionName}' does not answer as it should: {StorageAccount.Reason(e)}");
        }
    }

    // Null when it does not exist.
    private static async Task<int?> LengthAsync(QueueClient queue, CancellationToken cancellationToken)
    {
        try
        {
            return (await queue.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCount;
        }
        catch (Exception e) when (StorageAccount.IsNotFound(e))
        {
            return null;
        }
    }

    private async Task<InspectorMoment[]> PeekAsync(QueueClient queue, string fresh, InspectorTone tone, CancellationToken cancellationToken)
    {
        var peeked = await queue.PeekMessagesAsync(Peeked, cancellationToken);
        return [.. peeked.Value.Select(message => new InspectorMoment(
            message.InsertedOn ?? default, null, Tries(message) ?? fresh, Text(message), message.DequeueCount > 0 && tone == InspectorTone.Idle ? InspectorTone.Busy : tone))];
    }

    // A message in the poison queue is a new one: its tries in the other queue are not known any more.
    private static string? Tries(PeekedMessage message) => message.DequeueCount switch
    {
        0 => null,
        1 => "Fetched once",
        var count => $"Fetched {Number(count)} times",
    };

    private string Text(PeekedMessage message)
    {
        var text = QueueText.TryDecode(message.MessageText, _settings.IsBase64, out var body) ? QueueText.Text(body) ?? message.MessageText : message.MessageText;
        return text.Length > Shown ? text[..Shown] + "…" : text;
    }

    // As many as lie there now: what fails again while they are moved stays where it comes to lie.
    private static async Task<int> MoveAsync(QueueClient from, QueueClient to, CancellationToken cancellationToken)
    {
        await to.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        var left = await LengthAsync(from, cancellationToken) ?? 0;
        var moved = 0;
        while (left > 0)
        {
            var messages = (await from.ReceiveMessagesAsync(Math.Min(left, Peeked), _moving, cancellationToken)).Value;
            if (messages.Length == 0)
                break;
            foreach (var message in messages)
            {
                await to.SendMessageAsync(message.MessageText, cancellationToken);
                await from.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellationToken);
            }

            moved += messages.Length;
            left -= messages.Length;
        }

        return moved;
    }

    private static bool IsStoreTrouble(Exception error) => error is Azure.RequestFailedException or AggregateException or IOException or HttpRequestException;

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private readonly record struct Counts(int? Messages, int? Poison, string? Trouble);
}
