using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator.Http.Keys;

/// <summary>
/// The keys that callers show when `TASKLANE_EMULATOR_REQUIRE_KEYS` is true, as on Azure: the master key, host keys for every function,
/// a function's own, and system keys of extensions. Kept in DATA/keys.json.
/// </summary>
internal sealed partial class HostKeys(HostEnvironment environment, ILogger<HostKeys> log) : IHostRoom
{
    private const string DefaultName = "default";

    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly string _file = Path.Combine(environment.DataDirectory, "keys.json");
    private readonly Lock _changing = new();
    private KeyFile _keys = new();

    /// <summary>Off, as under the Core Tools, unless the setting says otherwise.</summary>
    public bool AreRequired { get; } = environment.Setting("TASKLANE_EMULATOR_REQUIRE_KEYS") is "1" or "true" or "True";

    /// <summary>The host keys by name.</summary>
    public IReadOnlyDictionary<string, string> HostWide => _keys.HostKeys;

    public string Master => _keys.MasterKey;

    /// <summary>Reads or makes the keys.</summary>
    /// <exception cref="HostStartException">They cannot be kept.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!AreRequired)
            return Task.CompletedTask;
        try
        {
            lock (_changing)
                Load();
        }
        catch (OwnFileException e)
        {
            throw new HostStartException($"Keys are required, but {e.Message}", e);
        }

        LogRequired(log, _file);
        return Task.CompletedTask;
    }

    public Task StopAsync() => Task.CompletedTask;

    /// <summary>The key that calls to an extension's webhooks carry as `code`, `durabletask_extension` say; null when none is required.</summary>
    /// <exception cref="OwnFileException">It is new and cannot be kept.</exception>
    public string? SystemKey(string name) => AreRequired ? KeyIn(_keys.SystemKeys, name) : null;

    /// <summary>The keys of one function; the first is made when somebody asks for them, as on Azure.</summary>
    /// <exception cref="OwnFileException">It is new and cannot be kept.</exception>
    public IReadOnlyDictionary<string, string> OfFunction(string function)
    {
        lock (_changing)
        {
            if (_keys.Functions.TryGetValue(function, out var known))
                return known;
            var made = new Dictionary<string, string> { [DefaultName] = NewKey() };
            _keys.Functions[function] = made;
            Save();
            return made;
        }
    }

    public bool IsMaster(string key) => Same(_keys.MasterKey, key);

    public bool OpensFunction(string function, string key)
    {
        if (IsMaster(key) || _keys.HostKeys.Values.Any(known => Same(known, key)))
            return true;
        lock (_changing)
            return _keys.Functions.TryGetValue(function, out var own) && own.Values.Any(known => Same(known, key));
    }

    public bool OpensExtension(string name, string key)
    {
        if (IsMaster(key))
            return true;
        lock (_changing)
            return _keys.SystemKeys.TryGetValue(name, out var known) && Same(known, key);
    }

    private string KeyIn(Dictionary<string, string> keys, string name)
    {
        lock (_changing)
        {
            if (!keys.TryGetValue(name, out var key))
            {
                keys[name] = key = NewKey();
                Save();
            }

            return key;
        }
    }

    private void Load()
    {
        var bytes = OwnFiles.Read(_file);
        if (bytes is not null && Parse(bytes) is { } kept)
        {
            _keys = kept;
            return;
        }

        if (bytes is { Length: > 0 })
        {
            // Perhaps somebody edits it and left out a comma.
            OwnFiles.Write(_file + ".damaged", bytes);
        }

        if (bytes is not null)
            LogReplaced(log, _file, bytes.Length == 0 ? "empty" : "damaged");
        _keys = new KeyFile { MasterKey = NewKey(), HostKeys = { [DefaultName] = NewKey() } };
        Save();
    }

    private static KeyFile? Parse(byte[] bytes)
    {
        try
        {
            // Without a master key it opens nothing.
            return JsonSerializer.Deserialize<KeyFile>(bytes, _json) is { MasterKey.Length: > 0, HostKeys: not null, SystemKeys: not null, Functions: not null } keys
                ? keys.WithoutCase()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Save() => OwnFiles.Write(_file, JsonSerializer.SerializeToUtf8Bytes(_keys, _json));

    private static string NewKey() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)) + "==";

    private static bool Same(string known, string shown) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(known), Encoding.UTF8.GetBytes(shown));

    [LoggerMessage(Level = LogLevel.Information, Message = "Callers need keys; they are in {File}")]
    private static partial void LogRequired(ILogger logger, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} was {What} and is made anew: callers need the new keys.")]
    private static partial void LogReplaced(ILogger logger, string file, string what);

    private sealed record KeyFile
    {
        public string MasterKey { get; init; } = "";

        public Dictionary<string, string> HostKeys { get; init; } = [];

        public Dictionary<string, string> SystemKeys { get; init; } = [];

        public Dictionary<string, Dictionary<string, string>> Functions { get; init; } = new(StringComparer.OrdinalIgnoreCase);

        // Functions are found whatever the case of their names in the file.
        public KeyFile WithoutCase()
        {
            var functions = new Dictionary<string, Dictionary<string, string>>(StringComparer.OrdinalIgnoreCase);
            foreach (var (name, keys) in Functions)
                functions[name] = keys;
            return this with { Functions = functions };
        }
    }
}
