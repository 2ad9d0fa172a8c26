using Azure.Identity;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;
using Tasklane.Tasks;

namespace Tasklane.Stores.Redis;

/// <summary>
/// The connection that a process' Redis stores share. It connects when first used and again by itself after a loss; meanwhile
/// every call fails at once with <see cref="TaskErrors.StoreUnavailable"/>, and none ever hangs. A change that was sent, or may have been,
/// and has no answer fails with <see cref="TaskErrors.OutcomeUnknown"/>.
/// </summary>
public sealed class RedisConnection : IAsyncDisposable
{
    /// <summary>How long a call waits for a connection that is being made.</summary>
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(1);

    /// <summary>Those that a configuration does not name; of two, the later counts. The asynchronous one is as the synchronous one.</summary>
    private const string TimeOuts = "connectTimeout=5000,syncTimeout=5000,";

    private readonly ConfigurationOptions _configuration;
    private readonly TimeSpan _commandPatience;
    private readonly int _replicas;
    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _connecting;
    private IDatabase? _database;

    /// <param name="configuration">StackExchange.Redis configuration text.</param>
    /// <param name="replicas">How many replicas must have a change before it is answered.</param>
    /// <param name="signIn">Says who signs in, and again before that ends; null = what the text says.</param>
    public RedisConnection(string configuration, int replicas = 0, DefaultOptionsProvider? signIn = null)
        : this(Parse(configuration, signIn), replicas)
    {
    }

    /// <param name="configuration">May bring what a text cannot, such as credentials that renew themselves.</param>
    /// <param name="replicas">How many replicas must have a change before it is answered.</param>
    public RedisConnection(ConfigurationOptions configuration, int replicas = 0)
    {
        _configuration = configuration.Clone();
        _configuration.AbortOnConnectFail = false;
        _configuration.ReconnectRetryPolicy = new LinearRetry(500);
        // A command kept for a connection to come would be sent after its caller has been told that it was not.
        _configuration.BacklogPolicy = BacklogPolicy.FailFast;
        _commandPatience = TimeSpan.FromMilliseconds(_configuration.AsyncTimeout);
        _replicas = replicas;
    }

    internal static ConfigurationOptions Parse(string configuration, DefaultOptionsProvider? signIn)
    {
        var options = ConfigurationOptions.Parse(TimeOuts + configuration);
        if (signIn is not null)
            options.Defaults = signIn;
        return options;
    }

    /// <summary>Connects, or finds that nobody answers.</summary>
    /// <exception cref="TaskException"><see cref="TaskErrors.StoreUnavailable"/>.</exception>
    public Task PingAsync(CancellationToken cancellation) =>
        CallAsync(database => database.PingAsync(), writes: false, ConnectPatience, cancellation);

    /// <summary>
    /// Finds whether the server takes writes. It writes, as a server that is full, or a replica, answers a PING like any other.
    /// </summary>
    /// <param name="key">Written and gone again a minute later.</param>
    /// <exception cref="TaskException"><see cref="TaskErrors.StoreUnavailable"/>, <see cref="TaskErrors.StoreFull"/>.</exception>
    public Task ProbeAsync(RedisKey key, CancellationToken cancellation) =>
        CallAsync(database => database.StringSetAsync(key, 1, TimeSpan.FromMinutes(1)), writes: false, ConnectPatience, cancellation);

    /// <summary>Reads something.</summary>
    internal Task<T> CallAsync<T>(Func<IDatabase, Task<T>> read, CancellationToken cancellation) =>
        CallAsync(read, writes: false, _commandPatience, cancellation);

    /// <summary>Runs a script by its hash; a server that does not know it yet is sent the text.</summary>
    internal async Task<RedisResult> RunAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellation)
    {
        var result = await EvaluateAsync(script, keys, arguments, cancellation);
        if (script.Writes && _replicas > 0)
        {
            try
            {
                await ReplicatedAsync(keys[0]);
            }
            catch (TaskException failure) when (failure.Code != TaskErrors.OutcomeUnknown)
            {
                throw new TaskException(TaskErrors.OutcomeUnknown, "Redis has the change; whether its replicas have it could not be asked.", failure);
            }
        }
        return result;
    }

    private async Task<RedisResult> EvaluateAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // The client caches by text what a server knows, and learns only by this very error that a restarted one has
                // forgotten. Nothing has been run then, so asking again is safe.
                return attempt == 1
                    ? await CallAsync(database => database.ScriptEvaluateAsync(script.Hash, keys, arguments), script.Writes, _commandPatience, cancellation)
                    : await CallAsync(database => database.ScriptEvaluateAsync(script.Text, keys, arguments), script.Writes, _commandPatience, cancellation);
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
        ConnectionMultiplexer connection;
        try
        {
            connection = await connecting;
        }
        catch (Exception failure) when (IsLoss(failure))
        {
            return; // nothing was ever made: whoever called has been told
        }
        // A bare Dispose waits for the answer to QUIT until the timeout.
        await connection.CloseAsync(allowCommandsToComplete: false);
        connection.Dispose();
    }

    /// <summary>Waits until enough replicas have what this connection wrote to the key's server.</summary>
    private async Task ReplicatedAsync(RedisKey key)
    {
        var have = await CallAsync(
            async database =>
            {
                var server = await database.IdentifyEndpointAsync(key, CommandFlags.DemandMaster)
                    ?? throw new TaskException(TaskErrors.OutcomeUnknown, "Redis has the change, but its key's server cannot be found to ask for its replicas.");
                var waited = await database.Multiplexer.GetServer(server).ExecuteAsync("WAIT", _replicas, (long)(_commandPatience / 2).TotalMilliseconds);
                return (int)waited;
            },
            writes: true, _commandPatience, CancellationToken.None);
        if (have < _replicas)
            throw new TaskException(TaskErrors.OutcomeUnknown, $"Redis has the change, but only {have} of {_replicas} replicas have it: it may be lost.");
    }

    private async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call, bool writes, TimeSpan patience, CancellationToken cancellation)
    {
        IDatabase database;
        try
        {
            database = _database ?? await ConnectAsync(cancellation);
        }
        catch (Exception failure) when (IsLoss(failure))
        {
            throw Unavailable(failure);
        }
        if (!database.Multiplexer.IsConnected)
            throw Unavailable(null);
        try
        {
            return await call(database).WaitAsync(patience, TimeProvider.System, cancellation);
        }
        catch (RedisServerException full) when (IsFull(full))
        {
            throw new TaskException(TaskErrors.StoreFull, "Redis has no memory left for what was to be written (maxmemory): give it more, or make room.", full);
        }
        catch (RedisServerException refused) when (CannotServe(refused))
        {
            throw Unavailable(refused);
        }
        catch (Exception failure) when (IsLoss(failure))
        {
            throw writes && !WasNeverSent(failure)
                ? new TaskException(TaskErrors.OutcomeUnknown, "Redis' answer got lost: the change may have been made.", failure)
                : Unavailable(failure);
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

    private static bool IsLoss(Exception failure) => failure
        is RedisConnectionException or TimeoutException or ObjectDisposedException or AuthenticationFailedException || IsForAMaster(failure);

    /// <summary>The client knows the server as a replica and sends it no change: it is failing over.</summary>
    private static bool IsForAMaster(Exception failure) =>
        failure is RedisCommandException && failure.Message.Contains("replica", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The client knows that the command did not leave it. Not by a time-out of ours, nor of its own for a command still to be sent: such
    /// a command may be sent later.
    /// </summary>
    private static bool WasNeverSent(Exception loss) => loss
        is ObjectDisposedException
        or RedisCommandException
        or RedisConnectionException { CommandStatus: CommandStatus.WaitingToBeSent or CommandStatus.WaitingInBacklog };

    /// <summary>The server is there and refused: it is starting, failing over, or stuck in another's script, or the hub's slot is on its way to another server.</summary>
    private static bool CannotServe(RedisServerException refused) => refused.Message.Split(' ')[0]
        is "LOADING" or "READONLY" or "MASTERDOWN" or "CLUSTERDOWN" or "TRYAGAIN" or "BUSY" or "MISCONF" or "NOREPLICAS"
        || refused.Message.Contains("access a non local key", StringComparison.Ordinal);

    private static TaskException Unavailable(Exception? cause) =>
        new(TaskErrors.StoreUnavailable, "Redis cannot be reached just now. Try again.", cause);
}
