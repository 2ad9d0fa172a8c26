using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator.Http.Keys;

/// <summary>
/// The keys that callers show when `TASKLANE_EMULATOR_REQUIRE_KEYS` is true, as on Azure: the master key, host keys for every function,
/// a function's own, and system keys of extensions. Kept in DATA/keys.json; a change counts once it is written.
/// </summary>
internal sealed partial class HostKeys(HostEnvironment environment, ILogger<HostKeys> log) : IHostRoom
{
    private const string DefaultName = "default";

    private readonly string _file = Path.Combine(environment.DataDirectory, "keys.json");
    private readonly Lock _changing = new();
    private volatile KeyFile _keys = new();

    /// <summary>Off, as under the Core Tools, unless the setting says otherwise.</summary>
    public bool AreRequired { get; } = environment.Setting("TASKLANE_EMULATOR_REQUIRE_KEYS") is "1" or "true" or "True";

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
    public string? SystemKey(string name)
    {
        if (!AreRequired)
            return null;
        if (_keys.SystemKeys.TryGetValue(name, out var known))
            return known;
        lock (_changing)
            return _keys.SystemKeys.TryGetValue(name, out known) ? known : SetLocked(KeyScope.System, name, NewKey());
    }

    /// <summary>The keys of a scope by name; a function's first is made when somebody asks for them, as on Azure.</summary>
    /// <exception cref="OwnFileException">It is new and cannot be kept.</exception>
    public ImmutableSortedDictionary<string, string> In(KeyScope scope)
    {
        if (_keys.In(scope) is { } known)
            return known;
        lock (_changing)
        {
            if (_keys.In(scope) is null)
                SetLocked(scope, DefaultName, NewKey());
            return _keys.In(scope)!;
        }
    }

    /// <summary>Makes a key, or gives one another value.</summary>
    /// <param name="scope">Where it belongs.</param>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value; null makes one up.</param>
    /// <exception cref="OwnFileException">It cannot be kept; nothing has changed.</exception>
    public (string Value, bool IsNew) Set(KeyScope scope, string name, string? value)
    {
        lock (_changing)
        {
            var isNew = _keys.In(scope)?.ContainsKey(name) != true;
            return (SetLocked(scope, name, value ?? NewKey()), isNew);
        }
    }

    /// <summary>Gives the master key another value; null makes one up.</summary>
    /// <exception cref="OwnFileException">It cannot be kept; nothing has changed.</exception>
    public string SetMaster(string? value)
    {
        lock (_changing)
        {
            Keep(_keys with { MasterKey = value ?? NewKey() });
            return _keys.MasterKey;
        }
    }

    /// <returns>False when there is none of that name.</returns>
    /// <exception cref="OwnFileException">The change cannot be kept; nothing has changed.</exception>
    public bool Delete(KeyScope scope, string name)
    {
        lock (_changing)
        {
            if (_keys.In(scope) is not { } keys || !keys.ContainsKey(name))
                return false;
            Keep(_keys.With(scope, keys.Remove(name)));
            return true;
        }
    }

    public bool IsMaster(string key) => Same(_keys.MasterKey, key);

    public bool OpensFunction(string function, string key)
    {
        var keys = _keys;
        return IsMaster(key) || Opens(keys.HostKeys, key) || (keys.In(KeyScope.Of(function)) is { } own && Opens(own, key));
    }

    public bool OpensExtension(string name, string key) =>
        IsMaster(key) || (_keys.SystemKeys.TryGetValue(name, out var known) && Same(known, key));

    private void Load()
    {
        var bytes = OwnFiles.Read(_file);
        if (bytes is not null && KeyFile.Parse(bytes) is { } kept)
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
        Keep(new KeyFile { MasterKey = NewKey(), HostKeys = KeyFile.NoKeys.Add(DefaultName, NewKey()) });
    }

    private string SetLocked(KeyScope scope, string name, string value)
    {
        Keep(_keys.With(scope, (_keys.In(scope) ?? KeyFile.NoKeys).SetItem(name, value)));
        return value;
    }

    // Written first: a key that the next start would not know must not open anything now.
    private void Keep(KeyFile changed)
    {
        OwnFiles.Write(_file, changed.ToJson());
        _keys = changed;
    }

    private static string NewKey() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)) + "==";

    private static bool Opens(ImmutableSortedDictionary<string, string> keys, string key) => keys.Values.Any(known => Same(known, key));

    private static bool Same(string known, string shown) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(known), Encoding.UTF8.GetBytes(shown));

    [LoggerMessage(Level = LogLevel.Information, Message = "Callers need keys; they are in {File}")]
    private static partial void LogRequired(ILogger logger, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} was {What} and is made anew: callers need the new keys.")]
    private static partial void LogReplaced(ILogger logger, string file, string what);
}
