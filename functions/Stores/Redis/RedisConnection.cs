using System.Diagnostics.CodeAnalysis;
using StackExchange.Redis;
using Tasklane.Tasks;

namespace Tasklane.Stores.Redis;

/// <summary>
/// The connection that a process' Redis stores share. It connects when first used and again by itself after a loss; meanwhile
/// every call fails at once with <see cref="TaskErrors.StoreUnavailable"/>, and none ever hangs.
/// </summary>
public sealed class RedisConnection : IAsyncDisposable
{
    /// <summary>How long a call waits for a connection that is being made.</summary>
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(1);

    private readonly ConfigurationOptions _configuration;
    private readonly TimeSpan _commandPatience;
    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _connecting;
    private IDatabase? _database;

    /// <param name="configuration">StackExchange.Redis configuration text.</param>
    public RedisConnection(string configuration)
        : this(ConfigurationOptions.Parse(configuration))
    {
    }

    /// <param name="configuration">May bring what a text cannot, such as credentials that renew themselves.</param>
    public RedisConnection(ConfigurationOptions configuration)
    {
        _configuration = configuration.Clone();
        _configuration.AbortOnConnectFail = false;
        _configuration.ReconnectRetryPolicy = new LinearRetry(500);
        // syncTimeout of the text: nothing here is synchronous, but it is where people say how long a command may take.
        _commandPatience = TimeSpan.FromMilliseconds(_configuration.SyncTimeout);
    }

    /// <summary>Connects, or finds that nobody answers.</summary>
    /// <exception cref="TaskException"><see cref="TaskErrors.StoreUnavailable"/>.</exception>
    public Task PingAsync(CancellationToken cancellation) =>
        CallAsync(database => database.PingAsync(), ConnectPatience, cancellation);

    /// <summary>
    /// Finds whether the server takes writes. It writes, as a server that is full, or a replica, answers a PING like any other.
    /// </summary>
    /// <param name="key">Written and gone again a minute later.</param>
    /// <exception cref="TaskException"><see cref="TaskErrors.StoreUnavailable"/>, <see cref="TaskErrors.StoreFull"/>.</exception>
    public Task ProbeAsync(RedisKey key, CancellationToken cancellation) =>
        CallAsync(database => database.StringSetAsync(key, 1, TimeSpan.FromMinutes(1)), ConnectPatience, cancellation);

    internal Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellation) =>
        CallAsync(call, _commandPatience, cancellation);

    /// <summary>Runs a script by its hash; a server that does not know it yet is sent the text.</summary>
    internal async Task<RedisResult> RunAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // The client caches by text what a server knows, and learns only by this very error that a restarted one has
                // forgotten. Nothing has been run then, so asking again is safe.
                return attempt == 1
                    ? await CallAsync(database => database.ScriptEvaluateAsync(script.Hash, keys, arguments), cancellation)
                    : await CallAsync(database => database.ScriptEvaluateAsync(script.Text, keys, arguments), cancellation);
            }
            catch (RedisServerException unknown) when (attempt < 4 && unknown.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
            {
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<ConnectionMultiplexer>? connecting;
        lock (_gate)
            (connecting, _connecting, _database) = (_connecting, null, null);
        if (connecting is null)
            return;
        var connection = await connecting;
        // A bare Dispose waits for the answer to QUIT until the timeout.
        await connection.CloseAsync(allowCommandsToComplete: false);
        connection.Dispose();
    }

    private async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            var database = _database ?? await ConnectAsync(cancellation);
            // Asked first, as the client would keep the command and wait while it is connecting.
            if (!database.Multiplexer.IsConnected)
                throw Unavailable(null);
            return await call(database).WaitAsync(patience, TimeProvider.System, cancellation);
        }
        catch (RedisServerException full) when (IsFull(full))
        {
            throw new TaskException(TaskErrors.StoreFull, "Redis has no memory left for what was to be written (maxmemory): give it more, or make room.", full);
        }
        catch (Exception failure) when (IsOutage(failure))
        {
            throw Unavailable(failure);
        }
    }

    private async Task<IDatabase> ConnectAsync(CancellationToken cancellation)
    {
        Task<ConnectionMultiplexer> connecting;
        lock (_gate)
        {
            // A failed attempt (bad host name) is not kept.
            if (_connecting is null or { IsFaulted: true } or { IsCanceled: true })
                _connecting = ConnectionMultiplexer.ConnectAsync(_configuration);
            connecting = _connecting;
        }
        var connection = await connecting.WaitAsync(ConnectPatience, TimeProvider.System, cancellation);
        return _database = connection.GetDatabase();
    }

    /// <summary>A script is told so in its own error, with the reason at its end.</summary>
    private static bool IsFull(RedisServerException refused) =>
        refused.Message.StartsWith("OOM", StringComparison.Ordinal) || refused.Message.Contains("OOM command not allowed", StringComparison.Ordinal);

    [SuppressMessage("Style", "IDE0072", Justification = "All else is no outage.")]
    private static bool IsOutage(Exception failure) => failure switch
    {
        RedisConnectionException or TimeoutException or ObjectDisposedException => true,
        // A server that is there but cannot serve just now: starting, failing over, or stuck in a script.
        RedisServerException refused => refused.Message.Split(' ')[0]
            is "LOADING" or "READONLY" or "MASTERDOWN" or "CLUSTERDOWN" or "TRYAGAIN" or "BUSY" or "MISCONF" or "NOREPLICAS",
        _ => false,
    };

    private static TaskException Unavailable(Exception? cause) =>
        new(TaskErrors.StoreUnavailable, "Redis cannot be reached just now. Try again.", cause);
}
