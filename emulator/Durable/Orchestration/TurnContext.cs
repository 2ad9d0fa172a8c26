namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>
/// Where an orchestrator's code goes on: on the thread of its turn, in the turn, nowhere else. What is posted from another
/// thread comes from awaiting something that is not durable; it would run in no order that replay could repeat.
/// </summary>
internal sealed class TurnContext(Execution execution) : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> queue = new();

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (execution.IsOnTurn)
            queue.Enqueue((d, state));
        else
            execution.OutsideCall();
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (execution.IsOnTurn)
            d(state);
        else
            execution.OutsideCall();
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs what was posted in the turn, and what that posts.</summary>
    public void Drain()
    {
        while (queue.TryDequeue(out var next))
            next.Callback(next.State);
    }
}
