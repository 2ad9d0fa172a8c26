using Xunit;

namespace Tasklane.Emulator.Tests.Durable;

/// <summary>Something a test waits for, told by the code under test. May be told several times, as replays do.</summary>
internal sealed class Signal
{
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Reached => reached.Task.WaitAsync(TestContext.Current.CancellationToken);

    public bool IsReached => reached.Task.IsCompleted;

    public void Set() => reached.TrySetResult();
}
