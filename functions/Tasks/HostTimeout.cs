using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Tasklane.Tasks;

/// <summary>
/// How long the host lets a function run: host.json's <c>functionTimeout</c>. A host ends a function that takes longer by killing
/// its worker, with all else that runs there; so whoever runs handlers ends them before.
/// </summary>
/// <param name="Limit">Null = for ever.</param>
public sealed record HostTimeout(TimeSpan? Limit)
{
    private const string Setting = "AzureFunctionsJobHost:functionTimeout";
    private const double ReservedShare = 0.15;

    /// <summary>An attempt's end is tried for about a minute while the store is away.</summary>
    private static readonly TimeSpan MostReserved = TimeSpan.FromSeconds(75);

    private static readonly JsonDocumentOptions AsHostsRead = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>What remains, after a slice and its grace, for writing how it ended.</summary>
    public TimeSpan? Reserved => Limit is not { } limit ? null : limit * ReservedShare < MostReserved ? limit * ReservedShare : MostReserved;

    /// <summary>From the setting that overrides host.json, from the host.json beside this app, or the host's own default.</summary>
    /// <exception cref="InvalidOperationException">It is no time span.</exception>
    public static HostTimeout Read(IConfiguration configuration) =>
        Read(configuration, Path.GetDirectoryName(typeof(HostTimeout).Assembly.Location) is { Length: > 0 } folder ? folder : AppContext.BaseDirectory);

    internal static HostTimeout Read(IConfiguration configuration, string folder)
    {
        var text = configuration[Setting] is { Length: > 0 } overridden ? overridden : OfFile(Path.Combine(folder, "host.json"));
        return text switch
        {
            null or "" => new HostTimeout(TimeSpan.FromMinutes(configuration["WEBSITE_SKU"] == "Dynamic" ? 5 : 30)),
            "-1" => new HostTimeout(Limit: null),
            _ when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var limit) && limit > TimeSpan.Zero => new HostTimeout(limit),
            _ => throw new InvalidOperationException($"functionTimeout is '{text}'; it must be a time span as 00:10:00, or -1."),
        };
    }

    /// <summary>How long a slice may last before its handler is told to stop; null = for ever.</summary>
    public TimeSpan? LongestSlice(TasklaneOptions options) => Limit - Reserved - TimeSpan.FromSeconds(options.GraceSeconds);

    /// <summary>A sentence when what the settings ask for does not fit.</summary>
    internal IEnumerable<string> Problems(TasklaneOptions options)
    {
        if (LongestSlice(options) is { } longest && longest < TimeSpan.FromSeconds(options.SliceSeconds))
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"Tasklane:SliceSeconds ({options.SliceSeconds}) and Tasklane:GraceSeconds ({options.GraceSeconds}) do not fit into functionTimeout ({Limit!.Value.TotalSeconds} s in host.json), of which {Reserved!.Value.TotalSeconds} s are kept for writing the end; make them shorter, or functionTimeout longer.");
        }
    }

    private static string? OfFile(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            using var file = JsonDocument.Parse(File.ReadAllText(path), AsHostsRead);
            return file.RootElement.ValueKind == JsonValueKind.Object && file.RootElement.TryGetProperty("functionTimeout", out var value) ? value.ToString() : null;
        }
        catch (JsonException)
        {
            return null; // the host refuses it, and says where it is broken
        }
    }
}
