using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Entities;

/// <summary>What a batch of an entity's operations changed: its state and lock, what it sent, what it has taken in.</summary>
internal sealed class EntityCommit(Entity owner) : ICommit, ICommitSource
{
    private readonly List<Event> outbox = [];
    private readonly List<long> inboxDone = [];
    private readonly List<IEffect> effects = [];

    /// <summary>The row to save; without state and lock it is deleted.</summary>
    public StoredEntity Row { get; set; } = null!;

    public void Send(Event message) => outbox.Add(message);

    public void SendAll(IEnumerable<Event> messages) => outbox.AddRange(messages);

    public void TakenIn(Event message)
    {
        if (message.InboxKey != 0)
            inboxDone.Add(message.InboxKey);
        if (message.Reply is IEffect effect)
            effects.Add(effect);
    }

    public ICommit TakeCommit() => this;

    public void Write(Rows rows)
    {
        if (Row.State is null && Row.Owner is null)
            rows.DeleteEntity(Row.Key);
        else
            rows.SaveEntity(Row);
        foreach (var message in outbox)
            rows.AddInbox(message);
        foreach (var key in inboxDone)
            rows.RemoveInbox(key);
    }

    public void Committed()
    {
        foreach (var message in outbox)
            owner.Deliver(message);
        foreach (var effect in effects)
            effect.Run();
        owner.CommitDone();
    }

    public void Refused(Exception error)
    {
        foreach (var effect in effects)
            effect.Refuse(error);
    }
}
