using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Tasklane.Tasks;

namespace Tasklane.Stores.Redis;

/// <summary>A script as sent to Redis.</summary>
/// <param name="Writes">False: it only reads, so a lost answer leaves nothing in doubt.</param>
internal sealed record RedisScript(string Name, string Text, byte[] Hash, bool Writes);

/// <summary>What a script answers first. Negative: a guard has refused, see <see cref="RedisReplies"/>.</summary>
internal enum ScriptCode
{
    Ok = 0,
    Existing = 1,
    Restart = 2,
    Gone = 3,
    Later = 4,
    Waiting = 5,
    Taken = 6,
    NotFound = -1,
    Running = -2,
    NotCancellable = -3,
    NotRetryable = -4,
    LeaseLost = -5,
    Conflict = -6,
    Exists = -7,
    KeyGone = -8,
    ParentEnded = -9,
    AfterNotFound = -10,
}

/// <summary>
/// The embedded scripts of a hub, made ready: shared parts put in where <c>--- @include</c> names them, and every
/// <c>@key.x</c>, <c>@opt.x</c>, <c>@f.x</c>, <c>@fields.x</c> and <c>@code.x</c> replaced by what it stands for. All of these are
/// constant for the life of a store, and so cost nothing when a script runs.
/// <para>
/// While a cluster moves the hub's slot from one server to another, some keys are here and some are there, and a script would stop in
/// the middle or, worse, find nothing where there is something. So each asks first for two keys that there never are: just
/// then, and only then, both servers refuse that, and nothing has been done.
/// </para>
/// </summary>
internal sealed partial class RedisScripts
{
    private const string Folder = "Tasklane.Stores.Redis.Scripts.";

    private readonly Dictionary<string, string> _constants = [];
    private readonly string _wholeSlot;

    public RedisScripts(RedisKeys keys, TasklaneOptions options)
    {
        _wholeSlot = $"redis.call('EXISTS', {string.Join(", ", keys.Absent.Select(Quote))})\n";
        foreach (var (name, key) in keys.InScripts)
            _constants["key." + name] = Quote(key);
        foreach (var (index, name) in RedisFields.All.Index())
            _constants["f." + name] = $"{index + 1}";
        _constants["fields.brief"] = string.Join(", ", RedisFields.Brief.Select(Quote));
        _constants["fields.all"] = string.Join(", ", RedisFields.All.Select(Quote));
        foreach (var code in Enum.GetValues<ScriptCode>())
            _constants["code." + char.ToLowerInvariant(code.ToString()[0]) + code.ToString()[1..]] = $"{(int)code}";
        AddOptions(options);
    }

    public RedisScript Load(string name, bool writes = true)
    {
        var text = _wholeSlot + Constant().Replace(Include(Read(name)), match => _constants.TryGetValue(match.Groups[1].Value, out var value)
            ? value
            : throw new InvalidOperationException($"Script {name}.lua uses {match.Value}, which stands for nothing."));
#pragma warning disable CA5350 // Redis names scripts by their SHA-1; nothing is secured by it.
        return new RedisScript(name, text, SHA1.HashData(Encoding.UTF8.GetBytes(text)), writes);
#pragma warning restore CA5350
    }

    private void AddOptions(TasklaneOptions options)
    {
        var lanes = options.Lanes;
        Add("maxRunning", lanes.MaxRunning);
        Add("maxPerType", lanes.MaxRunningPerType);
        Add("maxPerUser", lanes.MaxRunningPerUser);
        Add("normalWaits", lanes.NormalWaitsAtMost);
        Add("lowWaits", lanes.LowWaitsAtMost);
        Add("grantMs", (long)(options.GrantSeconds * 1000));
        Add("leaseMs", (long)(options.LeaseSeconds * 1000));
        Add("logHalf", options.MaxLogLines / 2);
        Add("keyMs", (long)RequestKey.Kept.TotalMilliseconds);
        Add("maxRecoveries", options.MaxRecoveries);
        _constants["opt.listOf"] = Quote(TaskRelations.ListPrefix);
        _constants["opt.typeLimits"] = string.Concat(lanes.Types.Select(type => $"  if type == {Quote(type.Key)} then return {type.Value} end\n"));

        void Add(string name, long value) => _constants["opt." + name] = value.ToString(CultureInfo.InvariantCulture);
    }

    private static string Include(string text) =>
        Includes().Replace(text, match => string.Concat(match.Groups[1].Value.Split(' ').Select(name => Read("Shared." + name))));

    private static string Read(string name)
    {
        using var stream = typeof(RedisScripts).Assembly.GetManifestResourceStream($"{Folder}{name}.lua")
            ?? throw new InvalidOperationException($"Script {name}.lua is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>A Lua string literal, whatever the characters: all but the plainest as decimal bytes.</summary>
    private static string Quote(string value)
    {
        var literal = new StringBuilder("'");
        foreach (var b in Encoding.UTF8.GetBytes(value))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)':' or (byte)'{' or (byte)'}' or (byte)'-' or (byte)'_')
                literal.Append((char)b);
            else
                literal.Append(CultureInfo.InvariantCulture, $"\\{b:000}");
        }
        return literal.Append('\'').ToString();
    }

    [GeneratedRegex(@"@((?:key|opt|f|fields|code)\.\w+)")]
    private static partial Regex Constant();

    [GeneratedRegex(@"^--- @include ([\w ]+)\n", RegexOptions.Multiline)]
    private static partial Regex Includes();
}
