using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Engine;

/// <summary>Mail that changes no instance by itself: sent by a client, or found to be for nobody.</summary>
internal sealed class MailCommit(DurableEngine engine) : ICommit, ICommitSource
{
    /// <summary>A message to keep and, once kept, to deliver.</summary>
    public Message? Sent { get; init; }

    /// <summary>A message that is done with; 0 = none.</summary>
    public long Done { get; init; }

    /// <summary>A timer nobody waits for: its due time, its instance's key, its number.</summary>
    public (long Due, long Instance, long Id)? Fired { get; init; }

    public IEffect? After { get; init; }

    public ICommit TakeCommit() => this;

    public void Write(Rows rows)
    {
        if (Sent is not null)
            rows.AddInbox(Sent);
        if (Done != 0)
            rows.RemoveInbox(Done);
        if (Fired is { } timer)
            rows.RemoveTimer(timer.Due, timer.Instance, timer.Id);
    }

    public void Committed()
    {
        if (Sent is not null)
            engine.Deliver(Sent);
        After?.Run();
    }

    public void Undone()
    {
        // It reads nothing that writing changes.
    }

    public void Refused(Exception error) => After?.Refuse(error);
}
