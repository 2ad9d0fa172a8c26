using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Tasklane.Emulator.Functions;

/// <summary>Puts settings where apps look for them, and reads what is the emulator's own.</summary>
internal static class EmulatorSettings
{
    private const string Prefix = "TASKLANE_EMULATOR_";

    /// <summary>
    /// As the Core Tools do: what local.settings.json says becomes the environment, except where that already says
    /// something. An in-process start brings its own settings and leaves the process alone.
    /// </summary>
    public static LocalSettings Apply(EmulatorLaunch? launch)
    {
        if (launch is not null)
            return LocalSettings.Empty;
        var settings = LocalSettings.Find(AppContext.BaseDirectory, Directory.GetCurrentDirectory());
        foreach (var (name, value) in settings.Values)
        {
            if (Environment.GetEnvironmentVariable(name) is null)
                Environment.SetEnvironmentVariable(name, value);
        }
        return settings;
    }

    /// <summary>Development unless something says otherwise, as under the Core Tools.</summary>
    public static string EnvironmentName() =>
        Environment.GetEnvironmentVariable("AZURE_FUNCTIONS_ENVIRONMENT")
        ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT")
        ?? Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")
        ?? "Development";

    /// <summary>Log levels: the emulator's defaults, then host.json; what the app configures goes above both.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> LogLevels(HostJson hostJson, EmulatorLaunch? launch)
    {
        var levels = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (category, level) in hostJson.LogLevels)
            levels[category] = level;
        levels.TryAdd("Default", "Information");
        levels.TryAdd("Microsoft.AspNetCore", "Warning");
        if (launch is not null)
        {
            levels["Default"] = "Warning";
            levels.TryAdd("Microsoft.Hosting.Lifetime", "Warning");
        }
        return levels.Select(l => KeyValuePair.Create($"Logging:LogLevel:{l.Key}", l.Value));
    }

    /// <summary>The settings of an in-process start, in the configuration's spelling.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Of(EmulatorLaunch launch) =>
        launch.Options.Settings.Select(s => KeyValuePair.Create(
            s.Key.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal), (string?)s.Value));

    /// <summary>
    /// WEBSITE_INSTANCE_ID, as App Service sets it: the same after a restart, and nobody else's, as the durable engine lets one
    /// process at a time have a data directory.
    /// </summary>
    public static KeyValuePair<string, string?> InstanceId(IConfiguration configuration, EmulatorLaunch? launch)
    {
        const string Name = "WEBSITE_INSTANCE_ID";
        var place = Encoding.UTF8.GetBytes($"{Environment.MachineName}\n{DataDirectory(configuration, launch)}");
        return KeyValuePair.Create<string, string?>(Name, configuration[Name] ?? Convert.ToHexStringLower(SHA256.HashData(place)));
    }

    public static EmulatorEnvironment Read(IConfiguration configuration, LocalSettings local, EmulatorLaunch? launch)
    {
        var options = launch?.Options;
        return new EmulatorEnvironment
        {
            Port = options?.Port ?? Port(configuration) ?? local.Port ?? EmulatorEnvironment.DefaultPort,
            DataDirectory = DataDirectory(configuration, launch),
            StrictReplay = options?.StrictReplay ?? Flag(configuration, "STRICT_REPLAY", otherwise: false),
            WebRoot = WebRoot(options is null ? configuration[Prefix + "WEBROOT"] : options.WebRoot, options is null),
            Time = options?.TimeProvider ?? TimeProvider.System,
            HostJson = HostJson.Read(AppContext.BaseDirectory, configuration),
            LocalSettings = local,
            FailOnFunctionErrors = options?.FailOnFunctionErrors
                ?? Flag(configuration, "FAIL_ON_FUNCTION_ERRORS", otherwise: true),
            InProcess = launch is not null,
            FunctionTypes = launch?.FunctionTypes ?? FunctionDiscovery.TypesOf(Assembly.GetEntryAssembly()!),
        };
    }

    private static string DataDirectory(IConfiguration configuration, EmulatorLaunch? launch) =>
        Path.GetFullPath(launch?.DataDirectory ?? configuration[Prefix + "DATA"] ?? ".tasklane");

    private static int? Port(IConfiguration configuration)
    {
        if (configuration[Prefix + "PORT"] is not { Length: > 0 } text)
            return null;
        return int.TryParse(text, CultureInfo.InvariantCulture, out var port) && port is >= 0 and <= 65535
            ? port
            : throw new InvalidOperationException($"{Prefix}PORT '{text}' is not a port.");
    }

    private static bool Flag(IConfiguration configuration, string name, bool otherwise) => configuration[Prefix + name] switch
    {
        null or "" => otherwise,
        "1" or "true" or "True" => true,
        _ => false,
    };

    private static string? WebRoot(string? configured, bool lookBeside)
    {
        if (configured is { Length: > 0 })
        {
            var path = Path.GetFullPath(configured);
            return Directory.Exists(path) ? path : throw new InvalidOperationException($"The web root {path} does not exist.");
        }
        var beside = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        return lookBeside && Directory.Exists(beside) ? beside : null;
    }
}
