using Azure.Storage.Queues.Models;
using Microsoft.DurableTask.Client;
using Tasklane.Tasks;
using Tasklane.Tasks.Problems;

namespace Tasklane.Intake.Poison;

/// <summary>The poison queue's messages: of the queue, of blobs and of events.</summary>
internal sealed class PoisonQueueBox(PoisonQueue queue, Arrivals arrivals, TimeProvider time) : IPoisonBox
{
    /// <summary>Messages looked at in one request.</summary>
    private const int MostLookedAt = 1_000;

    /// <summary>Longer than a request takes; one that is killed leaves its messages to the next after that.</summary>
    private static readonly TimeSpan _hidden = TimeSpan.FromMinutes(2);

    public string Name => "queue";

    public async Task<PoisonPage> ListAsync(int most, CancellationToken cancellation)
    {
        if (!queue.IsThere)
            return new PoisonPage(0, []);
        var (total, messages) = await queue.ListAsync(most, cancellation);
        var page = new List<PoisonMessage>();
        foreach (var (id, note) in messages)
            page.Add(Told(id, note, await queue.TextAsync(note, cancellation)));
        return new PoisonPage(total, page);
    }

    public async Task<SentAgain> SendAgainAsync(DurableTaskClient client, string? id, CancellationToken cancellation)
    {
        var (sent, tasks, refused) = (0, new List<string>(), new List<PoisonMessage>());
        await EachAsync(
            async (message, note) =>
            {
                if (id is not null && message.MessageId != id)
                    return (note, IsDone: false);
                var text = await queue.TextAsync(note, cancellation);
                try
                {
                    if (await arrivals.CreateAsync(client, new Arrival(note.Source, note.Id, text), cancellation) is { } task)
                        tasks.Add(task);
                }
                catch (TaskException refusal) when (!refusal.IsOutage)
                {
                    note = note with { At = time.GetUtcNow(), Code = refusal.Code, Reason = refusal.Message };
                    refused.Add(Told(message.MessageId, note, text));
                    return (note, IsDone: false);
                }
                sent++;
                return (note, IsDone: true);
            },
            () => id is not null && sent + refused.Count > 0,
            cancellation);
        return new SentAgain(sent, tasks, refused);
    }

    public async Task<bool> DropAsync(string id, CancellationToken cancellation)
    {
        var dropped = false;
        await EachAsync((message, note) => Task.FromResult((note, dropped |= message.MessageId == id)), () => dropped, cancellation);
        return dropped;
    }

    /// <summary>Looks at every message once: those that are done are deleted, the others shown again at the end.</summary>
    private async Task EachAsync(Func<QueueMessage, PoisonNote, Task<(PoisonNote Note, bool IsDone)>> act, Func<bool> isEnough, CancellationToken cancellation)
    {
        if (!queue.IsThere)
            throw new InvalidRequestException(RequestErrors.IntakeOff, queue.Setting);
        var stay = new List<(QueueMessage Message, PoisonNote Now, PoisonNote Was)>();
        try
        {
            for (var seen = 0; seen < MostLookedAt && !isEnough();)
            {
                var batch = await queue.HideAsync(_hidden, cancellation);
                if (batch.Count == 0)
                    break;
                seen += batch.Count;
                stay.AddRange(batch.Select(one => (one.Message, one.Note, one.Note)));
                foreach (var (message, note) in batch)
                {
                    if (isEnough())
                        break;
                    var (now, isDone) = await act(message, note);
                    stay.RemoveAll(one => one.Message.MessageId == message.MessageId);
                    if (isDone)
                        await queue.DeleteAsync(message, note, cancellation);
                    else
                        stay.Add((message, now, note));
                }
            }
        }
        finally
        {
            foreach (var (message, now, was) in stay)
                await queue.ShowAsync(message, ReferenceEquals(now, was) ? null : now, CancellationToken.None);
        }
    }

    private static PoisonMessage Told(string id, PoisonNote note, string text) => new(id, note.Source, note.At, note.Code, note.Reason, text);
}
