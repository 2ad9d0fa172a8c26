using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Tasklane.Emulator;

/// <summary>Settings as the host sees them, and those it gives to the worker.</summary>
internal static class HostSettings
{
    /// <summary>
    /// The environment, over it local.settings.json where the environment is silent (as the Core Tools have it), over all what the
    /// start was given.
    /// </summary>
    public static IConfigurationRoot Configuration(LocalSettings local, IReadOnlyDictionary<string, string> given) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(local.Values.Select(value => KeyValuePair.Create(Key(value.Key), value.Value)))
            .AddEnvironmentVariables()
            .AddInMemoryCollection(given.Select(value => KeyValuePair.Create(Key(value.Key), (string?)value.Value)))
            .Build();

    /// <summary>What the worker is given beside the environment.</summary>
    public static Dictionary<string, string> ForWorker(FunctionsHostOptions options, LocalSettings local, IConfiguration settings)
    {
        var worker = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in local.Values)
        {
            if (value is not null && Environment.GetEnvironmentVariable(name) is null)
                worker[name] = value;
        }

        foreach (var (name, value) in options.Settings)
            worker[name] = value;
        worker.TryAdd("AZURE_FUNCTIONS_ENVIRONMENT", settings["AZURE_FUNCTIONS_ENVIRONMENT"] ?? "Development");
        if (settings["WEBSITE_INSTANCE_ID"] is null)
            worker.TryAdd("WEBSITE_INSTANCE_ID", InstanceId(options.DataDirectory));
        return worker;
    }

    /// <summary>The port for gRPC (workers, Durable Task clients); 0, a free one, unless TASKLANE_EMULATOR_GRPC_PORT says otherwise.</summary>
    public static int RpcPort(IConfiguration settings) =>
        int.TryParse(settings["TASKLANE_EMULATOR_GRPC_PORT"], out var port) && port is >= 0 and <= 65535 ? port : 0;

    public static string Key(string name) => name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);

    /// <summary>
    /// WEBSITE_INSTANCE_ID, as App Service sets it: the same after a restart, and nobody else's, as the durable engine lets one
    /// process at a time have a data directory.
    /// </summary>
    private static string InstanceId(string dataDirectory) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{Environment.MachineName}\n{Path.GetFullPath(dataDirectory)}")));
}
