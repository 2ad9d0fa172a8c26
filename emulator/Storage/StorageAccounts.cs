using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Storage;

/// <summary>The storage accounts that bindings name by their `connection`.</summary>
internal sealed class StorageAccounts(IConfiguration settings, SettingNames names)
{
    private const string Prefix = "AzureWebJobs";
    private const string Default = "AzureWebJobsStorage";

    private static readonly string[] _identityKeys =
        ["queueServiceUri", "blobServiceUri", "serviceUri", "accountName", "credential", "clientId"];

    private readonly ConcurrentDictionary<string, StorageAccount> _accounts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The account of a binding.</summary>
    /// <param name="function">The function that asks, for its error.</param>
    /// <param name="connection">The binding's `connection`; null or empty is `AzureWebJobsStorage`.</param>
    /// <param name="extension">`Queues` or `Blobs`, for the real host's sentence.</param>
    /// <exception cref="FunctionErrorException">There is no such setting, or it is not a connection string.</exception>
    public StorageAccount Get(HostFunction function, string? connection, string extension)
    {
        connection = string.IsNullOrEmpty(connection) ? Default : names.Resolve(connection);
        if (_accounts.TryGetValue(connection, out var known))
            return known;

        var text = names.Connection(connection);
        if (string.IsNullOrWhiteSpace(text))
            throw Error(function, extension, Missing(connection), noConnection: true);
        try
        {
            return _accounts.GetOrAdd(connection, new StorageAccount(connection, text.Trim()));
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            throw Error(function, extension, $"Storage account connection string for '{Prefixed(connection)}' is invalid: {e.Message}");
        }
    }

    private string Missing(string connection)
    {
        foreach (var section in new[] { settings.GetSection(Prefix + connection), settings.GetSection(connection) })
        {
            if (Array.Find(_identityKeys, key => section[key] is not null) is { } key)
            {
                return $"The connection '{connection}' is identity-based ({connection}__{key}). This host takes connection strings only: "
                    + $"set '{connection}' to one, UseDevelopmentStorage=true for Azurite.";
            }
        }

        // The real host's sentence.
        return $"Storage account connection string '{Prefixed(connection)}' does not exist. Make sure that it is a defined App Setting.";
    }

    // The real host names the setting with its prefix, even where the prefix is there already; only its own default is known without.
    private static string Prefixed(string connection) => connection == Default ? Default : Prefix + connection;

    private static FunctionErrorException Error(HostFunction function, string extension, string sentence, bool noConnection = false) => new(
        $"Microsoft.Azure.WebJobs.Host: Error indexing method 'Functions.{function.Name}'. "
        + $"Microsoft.Azure.WebJobs.Extensions.Storage.{extension}: {sentence}")
    {
        NoConnection = noConnection,
    };
}
