using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Tasklane.Emulator.Storage.Queues;

/// <summary>
/// A message that was fetched and is hidden from others while it runs: kept hidden, and in the end deleted or released. Each
/// renewal changes its receipt, so all of that goes through here.
/// </summary>
internal sealed class LeasedMessage(QueueClient queue, QueueMessage message, StorageTimes times, DateTimeOffset until)
{
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;
    private string _receipt = message.PopReceipt;
    private DateTimeOffset _until = until;
    private bool _isSettled;

    public QueueMessage Message => message;

    /// <summary>The decoded body.</summary>
    public byte[] Body { get; init; } = [];

    /// <summary>Renews at half time until the token fires or somebody else has the message.</summary>
    public async Task RenewAsync(Action<Exception> failed, CancellationToken cancellationToken)
    {
        var pause = times.Lease / 2;
        while (true)
        {
            await Task.Delay(pause, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
                return;
            try
            {
                // Not with the token: a renewal that is given up half way leaves nobody with the right receipt.
                await ChangeAsync(() => UpdateAsync(times.Lease));
                pause = times.Lease / 2;
            }
            catch (Exception e) when (StorageAccount.IsGone(e))
            {
                failed(e);
                return;
            }
            catch (Exception e)
            {
                failed(e);
                pause = times.OutagePause;
            }
        }
    }

    public Task DeleteAsync() => SettleAsync(() => queue.DeleteMessageAsync(message.MessageId, _receipt));

    /// <summary>Lets others see it again after a time.</summary>
    public Task ReleaseAsync(TimeSpan hidden) => SettleAsync(() => UpdateAsync(hidden));

    /// <summary>Copies it to another queue, for good, and deletes it here.</summary>
    public async Task MoveAsync(QueueClient other)
    {
        await UntilLeaseEndsAsync(async () =>
        {
            await other.CreateIfNotExistsAsync();
            await other.SendMessageAsync(message.MessageText, visibilityTimeout: null, timeToLive: TimeSpan.FromSeconds(-1));
        });
        await DeleteAsync();
    }

    private Task SettleAsync(Func<Task> settle) => UntilLeaseEndsAsync(() => ChangeAsync(async () =>
    {
        if (_isSettled)
            return;
        try
        {
            await settle();
        }
        catch (Exception e) when (StorageAccount.IsGone(e))
        {
            // The lease ran out and somebody else has it, or the queue is gone: at least once is kept either way.
        }

        _isSettled = true;
    }));

    // A store that is away for a moment must not make a finished message run again.
    private async Task UntilLeaseEndsAsync(Func<Task> act)
    {
        while (true)
        {
            try
            {
                await act();
                return;
            }
            catch (Exception) when (TimeProvider.System.GetUtcNow() + times.OutagePause < _until)
            {
                await Task.Delay(times.OutagePause, TimeProvider.System);
            }
        }
    }

    private async Task UpdateAsync(TimeSpan hidden)
    {
        var receipt = await queue.UpdateMessageAsync(message.MessageId, _receipt, (string?)null, hidden);
        _receipt = receipt.Value.PopReceipt;
        _until = TimeProvider.System.GetUtcNow() + hidden;
    }

    // One after the other: each change needs the receipt of the one before.
    private Task ChangeAsync(Func<Task> change)
    {
        lock (_gate)
            return _last = After(_last);

        async Task After(Task before)
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await change();
        }
    }
}
