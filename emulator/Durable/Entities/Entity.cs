using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Entities;

/// <summary>
/// One entity: runs its operations one after the other, in the order they came, and commits them a batch at a time. While an
/// orchestration holds its lock, only that orchestration's calls run; everybody else's wait.
/// </summary>
internal sealed class Entity(DurableEngine engine, string id) : Actor(engine, id)
{
    private readonly EntityInstanceId entityId = EntityInstanceId.FromString(id);
    private readonly LinkedList<Event> queue = new();
    private EntityOperationRun? running;
    private EntityCommit? commit;
    private long key;
    private string? state;
    private string? owner;
    private bool loaded;
    private int published;
    private int committed;

    public void Deliver(Event message) => Engine.Deliver(message);

    /// <summary>On the writer thread.</summary>
    public void CommitDone()
    {
        Interlocked.Increment(ref committed);
        CloseFromOutside();
    }

    protected override void Handle(Event? messages)
    {
        if (!loaded)
            Load();
        for (var message = messages; message is not null; message = message.Next)
        {
            if (message.Kind == EventKind.Kick)
                Conclude();
            else if (message.Kind == EventKind.Collect)
                ReleaseOrphan(message);
            else
                queue.AddLast(message);
        }

        while (running is null && NextRunnable() is { } next)
            Take(next);
        Publish();
        CloseIfIdle();
    }

    protected override bool CanClose() =>
        queue.Count == 0 && running is null && Volatile.Read(ref committed) == published;

    private void Load()
    {
        loaded = true;
        var stored = Engine.Reader.Read(session => session.Entity(Id));
        key = stored?.Key ?? Engine.NextKey();
        state = stored?.State;
        owner = stored?.Owner;
    }

    // The oldest message that may run now. A locked entity hears its owner only, and anyone's unlock.
    private LinkedListNode<Event>? NextRunnable()
    {
        for (var node = queue.First; node is not null; node = node.Next)
        {
            if (owner is null || node.Value.Kind == EventKind.EntityUnlock || EntityLock.OwnerOf(node.Value) == owner)
                return node;
        }

        return null;
    }

    private void Take(LinkedListNode<Event> node)
    {
        var message = node.Value;
        queue.Remove(node);
        if (message.Kind == EventKind.EntityOperation)
        {
            Run(message);
            return;
        }

        commit ??= new EntityCommit(this);
        commit.TakenIn(message);
        switch (message.Kind)
        {
            case EventKind.EntityLock:
                owner = EntityLock.OwnerOf(message);
                commit.Send(EntityLock.Next(message, Id));
                break;
            case EventKind.EntityUnlock:
                Unlock(message);
                break;
            default:
                Engine.Logger.LogWarning("Entity {EntityId} got a {Kind}, which is not for entities.", Id, message.Kind);
                break;
        }
    }

    private void Unlock(Event message)
    {
        var asking = EntityLock.OwnerOf(message);
        if (owner == asking)
        {
            owner = null;
            return;
        }

        // Asked for and given up before it was granted.
        for (var node = queue.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.Kind == EventKind.EntityLock && EntityLock.OwnerOf(node.Value) == asking)
            {
                queue.Remove(node);
                commit!.TakenIn(node.Value);
            }

            node = next;
        }
    }

    private void ReleaseOrphan(Event message)
    {
        commit ??= new EntityCommit(this);
        commit.TakenIn(message);
        if (owner == message.Text)
            owner = null;
    }

    private void Run(Event operation)
    {
        running = new EntityOperationRun(Engine, entityId, operation, state);
        var ending = running.RunAsync();
        if (ending.IsCompleted)
            Conclude();
        else
            ending.GetAwaiter().UnsafeOnCompleted(() => Post(new Event(EventKind.Kick)));
    }

    private void Conclude()
    {
        if (running is not { } run)
            return;
        running = null;
        state = run.State.Serialized;
        commit ??= new EntityCommit(this);
        commit.TakenIn(run.Operation);
        commit.SendAll(run.Sent);
        if (run.Answer is { } answer)
            commit.Send(answer);
    }

    private void Publish()
    {
        if (commit is null)
            return;
        commit.Row = new StoredEntity(key, Id, state, owner, Engine.Now());
        published++;
        Engine.Writer.Enqueue(commit);
        commit = null;
    }
}
