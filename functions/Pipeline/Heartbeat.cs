using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>
/// Renews the leases of everything this process runs, all in one round trip, and passes on what the store answers: asked to
/// stop, or lost. While nothing runs, it says a few times per lease that this worker is there.
/// </summary>
public sealed class Heartbeat(
    ITaskStore store, WorkerIdentity worker, IOptions<TasklaneOptions> options, TimeProvider time, ILogger<Heartbeat> logger) : BackgroundService
{
    private readonly ConcurrentDictionary<Held, TaskRun> _runs = new();

    /// <summary>How many tasks run in this process.</summary>
    public int Running => _runs.Count;

    /// <summary>Keeps a run's lease alive until disposed.</summary>
    internal IDisposable Keep(TaskRun run)
    {
        _runs[run.Held] = run;
        return new Release(this, run.Held);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = TimeSpan.FromSeconds(options.Value.HeartbeatSeconds);
        var idle = TimeSpan.FromSeconds(options.Value.LeaseSeconds / 3);
        DateTimeOffset? seen = null;
        // Until the last run has ended, not until the host wants to stop: runs in their grace still need their leases.
        while (!stoppingToken.IsCancellationRequested || !_runs.IsEmpty)
        {
            if (!_runs.IsEmpty || seen is null || time.GetUtcNow() - seen >= idle)
            {
                await BeatAsync();
                seen = time.GetUtcNow();
            }
            await Task.Delay(interval, time, _runs.IsEmpty ? stoppingToken : CancellationToken.None)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task BeatAsync()
    {
        var runs = _runs.Values.ToArray();
        try
        {
            var holds = await store.RenewAsync(worker.Name, Array.ConvertAll(runs, run => run.Held), CancellationToken.None);
            for (var i = 0; i < runs.Length; i++)
            {
                // A run that ended meanwhile is lost only because it let go itself.
                if (_runs.ContainsKey(runs[i].Held))
                    runs[i].Heard(holds[i]);
            }
        }
        catch (TaskException away)
        {
            logger.LogWarning("Leases could not be renewed: {Reason}", away.Message);
        }
        catch (Exception unexpected)
        {
            logger.LogError(unexpected, "Leases could not be renewed.");
        }
    }

    private sealed class Release(Heartbeat heartbeat, Held held) : IDisposable
    {
        public void Dispose() => heartbeat._runs.TryRemove(held, out _);
    }
}
