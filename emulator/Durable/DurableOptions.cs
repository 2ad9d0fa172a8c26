using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable;

/// <summary>How the engine keeps and runs what it is given. Checked once, when the engine is made.</summary>
internal sealed class DurableOptions
{
    /// <summary>The worker's own when it is told none.</summary>
    private static readonly TimeSpan _httpPollInterval = TimeSpan.FromSeconds(30);

    /// <summary>The SQLite file; its folder is made. <c>:memory:</c> means a temporary file that goes with the engine.</summary>
    public required string DatabasePath { get; init; }

    /// <summary>Every turn replays from the whole history: finds orchestrators that are not deterministic.</summary>
    public bool StrictReplay { get; init; }

    /// <summary>Workers keep orchestrations of more than a few turns in memory, and are sent only what is new. Off under strict replay.</summary>
    public bool ExtendedSessions { get; init; }

    /// <summary>Whether a commit also survives a power cut (an fsync each). A killed process loses nothing either way.</summary>
    public bool SurvivePowerLoss { get; init; }

    /// <summary>1 or more.</summary>
    public int MaxConcurrentActivities { get; init; } = 256;

    /// <summary>1 or more.</summary>
    public int MaxConcurrentOrchestrators { get; init; } = 256;

    /// <summary>Waiting orchestrations whose history stays in memory; beyond it the longest untouched are read again when next needed. 0 or more.</summary>
    public int MaxLiveContinuations { get; init; } = 50_000;

    /// <summary>How long running activities may go on when the engine stops. Zero or more.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For orchestrations started without a version of their own; null for none.</summary>
    public string? DefaultVersion { get; init; }

    /// <summary>How long a worker waits to poll after a 202 that does not say. Zero or more.</summary>
    public TimeSpan HttpPollInterval { get; init; } = _httpPollInterval;

    /// <summary>Makes commits fail, for tests of crashes; null otherwise.</summary>
    public Storage.IStorageFaults? Faults { get; init; }

    /// <summary>What every turn tells the worker beside its events: an encoded `OrchestratorRequest`, to be appended. Empty by default.</summary>
    public byte[] TurnProperties => field ??= EncodeTurnProperties();

    /// <exception cref="ArgumentException">A sentence per broken rule.</exception>
    public void Validate()
    {
        var broken = new List<string>();
        if (string.IsNullOrWhiteSpace(DatabasePath))
            broken.Add($"{nameof(DatabasePath)} must name a file.");
        if (MaxConcurrentActivities < 1)
            broken.Add($"{nameof(MaxConcurrentActivities)} must be 1 or more.");
        if (MaxConcurrentOrchestrators < 1)
            broken.Add($"{nameof(MaxConcurrentOrchestrators)} must be 1 or more.");
        if (MaxLiveContinuations < 0)
            broken.Add($"{nameof(MaxLiveContinuations)} must be 0 or more.");
        if (HttpPollInterval < TimeSpan.Zero)
            broken.Add($"{nameof(HttpPollInterval)} must be zero or more.");
        if (StopGrace < TimeSpan.Zero)
            broken.Add($"{nameof(StopGrace)} must be zero or more.");
        if (broken.Count > 0)
            throw new ArgumentException(string.Join(' ', broken));
    }

    private byte[] EncodeTurnProperties()
    {
        var request = new P.OrchestratorRequest();
        if (HttpPollInterval != _httpPollInterval)
            request.Properties["HttpDefaultAsyncRequestSleepTimeMilliseconds"] = Value.ForNumber(HttpPollInterval.TotalMilliseconds);
        if (DefaultVersion is { } version)
            request.Properties["defaultVersion"] = Value.ForString(version);
        return request.ToByteArray();
    }
}
