using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Entities;

/// <summary>What a batch of an entity's operations changed: its state and lock, what it sent, what it has taken in.</summary>
internal sealed class EntityCommit(Entity owner) : ICommit, ICommitSource
{
    private readonly List<Message> _outbox = [];
    private readonly List<long> _inboxDone = [];
    private readonly List<IEffect> _effects = [];

    /// <summary>The row to save; without state and lock it is deleted.</summary>
    public StoredEntity Row { get; set; } = null!;

    public void Send(Message message) => _outbox.Add(message);

    public void TakenIn(Message message)
    {
        if (message.InboxKey != 0)
            _inboxDone.Add(message.InboxKey);
        if (message.Reply is IEffect effect)
            _effects.Add(effect);
    }

    public ICommit TakeCommit() => this;

    public void Write(Rows rows)
    {
        if (Row.State is null && Row.Owner is null)
            rows.DeleteEntity(Row.Key);
        else
            rows.SaveEntity(Row);
        foreach (var message in _outbox)
            rows.AddInbox(message);
        foreach (var key in _inboxDone)
            rows.RemoveInbox(key);
    }

    public void Committed()
    {
        foreach (var message in _outbox)
            owner.Deliver(message);
        foreach (var effect in _effects)
            effect.Run();
        owner.CommitDone();
    }

    public void Undone()
    {
        // It reads nothing that writing changes.
    }

    public void Refused(Exception error)
    {
        foreach (var effect in _effects)
            effect.Refuse(error);
    }
}
