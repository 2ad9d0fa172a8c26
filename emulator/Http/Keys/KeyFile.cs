using System.Collections.Immutable;
using System.Text.Json;

namespace Tasklane.Emulator.Http.Keys;

/// <summary>Which keys are meant: those that open every function, those of extensions' webhooks, or one function's own.</summary>
internal readonly record struct KeyScope
{
    public static KeyScope Host => default;

    public static KeyScope System => new() { IsSystem = true };

    public bool IsSystem { get; private init; }

    /// <summary>Null unless they are a function's own.</summary>
    public string? Function { get; private init; }

    public static KeyScope Of(string function) => new() { Function = function };
}

/// <summary>What keys.json holds. Names of keys and functions are found whatever their case.</summary>
internal sealed record KeyFile
{
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static ImmutableSortedDictionary<string, string> NoKeys { get; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);

    public string MasterKey { get; init; } = "";

    public ImmutableSortedDictionary<string, string> HostKeys { get; init; } = NoKeys;

    public ImmutableSortedDictionary<string, string> SystemKeys { get; init; } = NoKeys;

    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Functions { get; init; } =
        ImmutableSortedDictionary.Create<string, ImmutableSortedDictionary<string, string>>(StringComparer.OrdinalIgnoreCase);

    /// <returns>Null when it is damaged; without a master key, or with an empty one, it opens nothing or everything.</returns>
    public static KeyFile? Parse(byte[] bytes)
    {
        try
        {
            var read = JsonSerializer.Deserialize<KeyFile>(bytes, _json);
            if (read is not { MasterKey.Length: > 0, HostKeys: not null, SystemKeys: not null, Functions: not null }
                || read.Functions.Values.Append(read.HostKeys).Append(read.SystemKeys).Any(keys => keys is null || keys.Values.Any(string.IsNullOrEmpty)))
                return null;
            var none = new KeyFile();
            return read with
            {
                HostKeys = NoKeys.SetItems(read.HostKeys),
                SystemKeys = NoKeys.SetItems(read.SystemKeys),
                Functions = none.Functions.SetItems(read.Functions.Select(own => KeyValuePair.Create(own.Key, NoKeys.SetItems(own.Value)))),
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, _json);

    /// <returns>Null for a function that has never had keys.</returns>
    public ImmutableSortedDictionary<string, string>? In(KeyScope scope) =>
        scope.Function is { } function ? Functions.GetValueOrDefault(function) : scope.IsSystem ? SystemKeys : HostKeys;

    public KeyFile With(KeyScope scope, ImmutableSortedDictionary<string, string> keys) =>
        scope.Function is { } function ? this with { Functions = Functions.SetItem(function, keys) }
        : scope.IsSystem ? this with { SystemKeys = keys }
        : this with { HostKeys = keys };
}
