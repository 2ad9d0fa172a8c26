using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Tasklane.Emulator.Storage.Queues;

/// <summary>How a queue is read: `extensions.queues` of host.json, with the real host's defaults.</summary>
internal sealed record QueueSettings
{
    /// <summary>The store gives no more at once.</summary>
    public const int LargestBatch = 32;

    public static readonly TimeSpan ShortestPollingInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Messages fetched at once, 1 to 32.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>The next batch is fetched when at most so many run: up to the sum of both run side by side.</summary>
    public int NewBatchThreshold { get; init; } = 8;

    /// <summary>The longest pause between two looks at an empty queue.</summary>
    public TimeSpan MaxPollingInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a message stays hidden after its function failed.</summary>
    public TimeSpan VisibilityTimeout { get; init; }

    /// <summary>How often a message is tried before it goes to the poison queue.</summary>
    public int MaxDequeueCount { get; init; } = 5;

    /// <summary>Whether messages are base64 in the store.</summary>
    public bool IsBase64 { get; init; } = true;

    /// <exception cref="HostStartException">A value is out of its range.</exception>
    public static QueueSettings Read(HostJson hostJson)
    {
        var section = hostJson.Extension("queues");
        var batch = Number(section, "batchSize", 16, 1, LargestBatch);
        return new QueueSettings
        {
            BatchSize = batch,
            NewBatchThreshold = Number(section, "newBatchThreshold", batch / 2, 0, int.MaxValue),
            MaxPollingInterval = Time(section, "maxPollingInterval", TimeSpan.FromMinutes(1), ShortestPollingInterval),
            VisibilityTimeout = Time(section, "visibilityTimeout", TimeSpan.Zero, TimeSpan.Zero),
            MaxDequeueCount = Number(section, "maxDequeueCount", 5, 1, int.MaxValue),
            IsBase64 = section["messageEncoding"]?.ToUpperInvariant() switch
            {
                null or "" or "BASE64" => true,
                "NONE" => false,
                _ => throw Wrong("messageEncoding", section["messageEncoding"], "base64 or none"),
            },
        };
    }

    /// <exception cref="HostStartException">It is no number in the range.</exception>
    public static int Number(IConfigurationSection section, string name, int otherwise, int least, int most) => section[name] switch
    {
        null or "" => otherwise,
        var text when int.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most => value,
        var text => throw new HostStartException(
            $"host.json: {section.Path}:{name} '{text}' is not a number from {least}{(most == int.MaxValue ? "" : $" to {most}")}."),
    };

    private static TimeSpan Time(IConfigurationSection section, string name, TimeSpan otherwise, TimeSpan least) => section[name] switch
    {
        null or "" => otherwise,
        var text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= least => value,
        var text => throw Wrong(name, text, $"a time span of at least {least}"),
    };

    private static HostStartException Wrong(string name, string? text, string wanted) =>
        new($"host.json: extensions:queues:{name} '{text}' is not {wanted}.");
}
