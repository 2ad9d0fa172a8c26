using System.Diagnostics;

namespace Tasklane.Emulator.Storage;

/// <summary>
/// Times of this host that the real one does not let an app set. They go by the machine's clock, as the store does, whatever clock a
/// test gives to timers.
/// </summary>
internal sealed class StorageTimes
{
    /// <summary>
    /// How long a message that runs is hidden; renewed at half time. The real host takes 10 minutes, so that a message comes again
    /// 10 minutes after a crash; with renewals a short time does as well and a crash costs half a minute. Under a debugger it is the
    /// real host's, as nothing is renewed while a breakpoint holds the process.
    /// </summary>
    public TimeSpan Lease { get; init; } = Debugger.IsAttached ? TimeSpan.FromMinutes(10) : TimeSpan.FromSeconds(30);

    /// <summary>The pause between two scans of a container.</summary>
    public TimeSpan BlobScan { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a stop lets functions run on before their cancellation token fires.</summary>
    public TimeSpan DrainGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long functions have after that, until their messages are released.</summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The first pause after the store did not answer; it doubles up to <see cref="LongestOutagePause"/>.</summary>
    public TimeSpan OutagePause { get; init; } = TimeSpan.FromMilliseconds(250);

    public TimeSpan LongestOutagePause { get; init; } = TimeSpan.FromSeconds(5);
}
