using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator;

/// <summary>
/// host.json, overridable by settings as in the real host: `AzureFunctionsJobHost__extensions__http__routePrefix`.
/// </summary>
internal sealed class HostJson
{
    public const string FileName = "host.json";
    private const string OverridePrefix = "AzureFunctionsJobHost";

    private readonly IConfiguration _root;

    public HostJson(IConfiguration root) => _root = root;

    /// <summary>Reads DIRECTORY/host.json, if there is one, below the overrides in <paramref name="settings"/>.</summary>
    public static HostJson Read(string directory, IConfiguration settings)
    {
        var builder = new ConfigurationBuilder();
        var file = Path.Combine(directory, FileName);
        if (File.Exists(file))
        {
            // A stream, not a file source: that one would also watch the file.
            using var stream = new MemoryStream(File.ReadAllBytes(file));
            try
            {
                builder.AddInMemoryCollection(new ConfigurationBuilder().AddJsonStream(stream).Build().AsEnumerable());
            }
            catch (Exception e) when (e is FormatException or InvalidDataException or System.Text.Json.JsonException)
            {
                throw new InvalidOperationException($"{file} is not valid JSON: {e.InnerException?.Message ?? e.Message}", e);
            }
        }
        builder.AddInMemoryCollection(settings.GetSection(OverridePrefix).AsEnumerable(makePathsRelative: true));
        return new HostJson(builder.Build());
    }

    /// <summary>"api" when host.json is silent; "" is a prefix too.</summary>
    public string RoutePrefix => (_root["extensions:http:routePrefix"] ?? "api").Trim('/');

    /// <summary>30 minutes when silent, null for "-1", as on every plan but Consumption.</summary>
    public TimeSpan? FunctionTimeout => _root["functionTimeout"] switch
    {
        null or "" => TimeSpan.FromMinutes(30),
        "-1" => null,
        var text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var timeout) && timeout > TimeSpan.Zero => timeout,
        var text => throw new InvalidOperationException($"host.json: functionTimeout '{text}' is not a time span."),
    };

    /// <summary>Categories and levels to log.</summary>
    public IEnumerable<KeyValuePair<string, string?>> LogLevels =>
        _root.GetSection("logging:logLevel").GetChildren().Select(c => KeyValuePair.Create(c.Key, c.Value));

    /// <summary>The functions to load, where host.json names some (`functions`); null for all.</summary>
    public IReadOnlySet<string>? Functions
    {
        get
        {
            var names = _root.GetSection("functions").GetChildren().Select(child => child.Value).OfType<string>()
                .ToHashSet(StringComparer.OrdinalIgnoreCase);
            return names.Count == 0 ? null : names;
        }
    }

    /// <summary>What the host itself logs; a test's host is quieter.</summary>
    public IEnumerable<(string Category, LogLevel Level)> HostLogLevels(bool isTest)
    {
        var levels = new Dictionary<string, LogLevel>(StringComparer.OrdinalIgnoreCase)
        {
            ["Microsoft"] = LogLevel.Warning,
            ["Azure"] = LogLevel.Warning,
            ["Yarp"] = LogLevel.Warning,
            ["Grpc"] = LogLevel.Warning,
        };
        foreach (var (category, text) in LogLevels)
            levels[category] = Enum.TryParse<LogLevel>(text, ignoreCase: true, out var level) ? level : LogLevel.Information;
        if (isTest)
            levels["Default"] = LogLevel.Warning;
        return levels.Select(level => (level.Key, level.Value));
    }

    /// <summary>
    /// Log levels for the worker, below what the app says itself. A worker logs two lines for each start and end at Information,
    /// which costs three times what the work does: so Warning, where host.json names no level for the category.
    /// </summary>
    public IEnumerable<KeyValuePair<string, string?>> WorkerLogLevels
    {
        get
        {
            var levels = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["Microsoft"] = "Warning",
                ["Azure"] = "Warning",
                ["System"] = "Warning",
                ["Function"] = "Warning",
                ["Host"] = "Warning",
            };
            foreach (var (category, level) in LogLevels)
                levels[category] = level;
            return levels.Select(level => KeyValuePair.Create($"Logging:LogLevel:{level.Key}", level.Value));
        }
    }

    /// <summary>The section of an extension: `durableTask`, `signalR`, `queues`.</summary>
    public IConfigurationSection Extension(string name) => _root.GetSection($"extensions:{name}");
}
