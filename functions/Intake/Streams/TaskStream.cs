using StackExchange.Redis;
using Tasklane.Stores.Entra;
using Tasklane.Tasks;

namespace Tasklane.Intake.Streams;

/// <summary>The stream's server: one connection for commands, and one that may wait, as a waiting command holds up all behind it.</summary>
public sealed class TaskStream : IAsyncDisposable
{
    /// <summary>How long one wait for a message takes at most.</summary>
    private const int WaitMilliseconds = 2_000;

    private readonly TasklaneOptions _options;
    private readonly EntraRedis? _signIn;
    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _commands;
    private Task<ConnectionMultiplexer>? _waits;

    /// <param name="entra">There where stores are signed in to with Entra.</param>
    public TaskStream(TasklaneOptions options, StreamSettings settings, EntraRedis? entra = null)
    {
        // A stream on a server of its own is signed in to as its text says.
        _signIn = options.Intake.StreamRedis.Length == 0 ? entra : null;
        Settings = settings;
        _options = options;
    }

    public StreamSettings Settings { get; }

    /// <summary>Marks what was done, so that a repeated message does nothing. In the stream's own slot of a cluster.</summary>
    public RedisKey DoneKey(string identity) => Settings.Stream.Contains('{') ? $"{Settings.Stream}:done:{identity}" : $"{{{Settings.Stream}}}:done:{identity}";

    public async Task<IDatabase> DatabaseAsync() => (await ConnectAsync(ref _commands)).GetDatabase();

    /// <summary>Makes the group, from the stream's first message on; and the stream, when there is none.</summary>
    public async Task EnsureGroupAsync(IDatabase database)
    {
        try
        {
            await database.StreamCreateConsumerGroupAsync(Settings.Stream, Settings.Group, StreamPosition.Beginning);
        }
        catch (RedisServerException there) when (there.Message.StartsWith("BUSYGROUP", StringComparison.Ordinal))
        {
            // Another consumer was first.
        }
    }

    /// <summary>Waits until a message is there that no consumer of the group was given, or a little while.</summary>
    public async Task WaitAsync(CancellationToken cancellation)
    {
        var groups = await (await DatabaseAsync()).StreamGroupInfoAsync(Settings.Stream);
        var given = groups.FirstOrDefault(group => group.Name == Settings.Group).LastDeliveredId ?? "0-0";
        var waiting = (await ConnectAsync(ref _waits)).GetDatabase();
        await waiting.ExecuteAsync("XREAD", "COUNT", 1, "BLOCK", WaitMilliseconds, "STREAMS", (RedisKey)Settings.Stream, given).WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connecting in new[] { _commands, _waits })
        {
            if (connecting is { IsCompletedSuccessfully: true })
            {
                // A command that waits is not waited for.
                await connecting.Result.CloseAsync(allowCommandsToComplete: false);
                await connecting.Result.DisposeAsync();
            }
        }
    }

    private Task<ConnectionMultiplexer> ConnectAsync(ref Task<ConnectionMultiplexer>? connecting)
    {
        lock (_gate)
        {
            // A failed attempt (bad host name) is not kept.
            if (connecting is null or { IsFaulted: true } or { IsCanceled: true })
                connecting = ConnectionMultiplexer.ConnectAsync(Configuration());
            return connecting;
        }
    }

    private ConfigurationOptions Configuration()
    {
        var configuration = ConfigurationOptions.Parse(_options.Intake.StreamRedis is { Length: > 0 } own ? own : _options.Redis);
        if (_signIn is not null)
            configuration.Defaults = _signIn;
        configuration.AbortOnConnectFail = false;
        configuration.ReconnectRetryPolicy = new LinearRetry(500);
        // What is kept for a connection to come would be read and never acknowledged.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        return configuration;
    }
}
