using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator.Storage;

/// <summary>Whether the store answers one listener: said once when it stops answering and once when it is back.</summary>
/// <param name="who">What waits for the store, `The trigger of 'Functions.X'`.</param>
/// <param name="account">Its account.</param>
/// <param name="times">The pauses between tries.</param>
/// <param name="state">Where faults are shown.</param>
/// <param name="log">Where they are written.</param>
internal sealed class StorageHealth(string who, StorageAccount account, StorageTimes times, HostState state, ILogger log)
{
    private int _failures;

    /// <summary>The store answered.</summary>
    public void Answered()
    {
        if (_failures == 0)
            return;
        _failures = 0;
        state.Report(Room, null);
        log.LogWarning("The storage account of '{Connection}' answers again; {Who} goes on.", account.ConnectionName, who);
    }

    /// <summary>The store did not answer.</summary>
    /// <returns>How long to wait before the next try.</returns>
    public TimeSpan Failed(Exception error)
    {
        var sentence = $"The storage account of '{account.ConnectionName}' does not answer as it should ({StorageAccount.Reason(error)}); {who} waits for it.";
        state.Report(Room, sentence);
        if (_failures == 0)
            log.LogError("{Sentence}", sentence);
        var pause = times.OutagePause * Math.Pow(2, Math.Min(_failures, 16));
        _failures++;
        return pause < times.LongestOutagePause ? pause : times.LongestOutagePause;
    }

    /// <summary>The listener has stopped: nobody waits any more.</summary>
    public void Stopped() => state.Report(Room, null);

    private string Room => $"Storage: {who}";
}
