using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Engine;

/// <summary>Mail that changes no instance by itself: sent by a client, or found to be for nobody.</summary>
internal sealed class MailCommit(DurableEngine engine) : ICommit, ICommitSource
{
    /// <summary>A message to keep and, once kept, to deliver.</summary>
    public Event? Sent { get; init; }

    /// <summary>A message that is done with; 0 = none.</summary>
    public long Done { get; init; }

    /// <summary>A timer nobody waits for.</summary>
    public Event? Fired { get; init; }

    public IEffect? After { get; init; }

    public ICommit TakeCommit() => this;

    public void Write(Rows rows)
    {
        if (Sent is not null)
            rows.AddInbox(Sent);
        if (Done != 0)
            rows.RemoveInbox(Done);
        if (Fired is not null)
            rows.RemoveTimer(Fired.Time, Fired.Epoch, Fired.Id);
    }

    public void Committed()
    {
        if (Sent is not null)
            engine.Deliver(Sent);
        After?.Run();
    }

    public void Refused(Exception error) => After?.Refuse(error);
}
