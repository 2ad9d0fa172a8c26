using System.Collections.Concurrent;

namespace Tasklane.Emulator.SignalR;

/// <summary>The service in serverless mode: its hubs, and the watch over their connections.</summary>
internal sealed class SignalRService(SignalRServiceOptions options) : IAsyncDisposable
{
    // Hub names are case-insensitive everywhere; the service itself speaks of them in lower case.
    private readonly ConcurrentDictionary<string, Hub> _hubs = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _stopping = new();
    private Task _watch = Task.CompletedTask;

    public SignalRServiceOptions Options => options;

    /// <summary>Nobody is let in any more: a client that was sent away comes back to the next process, not to this one.</summary>
    public bool IsStopping => _stopping.IsCancellationRequested;

    /// <summary>The hub of that name; hubs exist as soon as someone speaks of them.</summary>
    public Hub Hub(string name) => _hubs.GetOrAdd(name, static n => new Hub(n.ToLowerInvariant()));

    /// <summary>Those somebody has spoken of.</summary>
    public IEnumerable<Hub> Hubs => _hubs.Values;

    public void Start() => _watch = WatchAsync(_stopping.Token);

    /// <summary>Tells every client to come back later, and stops watching.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _watch;
        foreach (var hub in _hubs.Values)
            hub.CloseAll(null, allowReconnect: true);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task WatchAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(options.KeepAliveInterval / 3, options.NetworkClock);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
                foreach (var hub in _hubs.Values)
                    foreach (var connection in hub.Connections())
                        connection.CheckLiveness(options.KeepAliveInterval, options.ClientTimeout);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
