using StackExchange.Redis;

namespace Tasklane.Testbed;

/// <summary>A real redis-server on a free loopback port with a directory of its own.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly string program = Binaries.Find("redis-server", "redis-server");
    private readonly TempDirectory directory = new("redis");
    private readonly string[] settings;
    private ChildProcess process;

    private RedisServer(int port, bool aof, string appendFsync, RedisServer? replicaOf, bool cluster)
    {
        Port = port;
        settings =
        [
            "--port", $"{port}", "--bind", "127.0.0.1", "--dir", directory.Path, "--save", "",
            "--appendonly", aof ? "yes" : "no", "--appendfsync", appendFsync, "--repl-diskless-sync-delay", "0",
            .. replicaOf is null ? Array.Empty<string>() : ["--replicaof", "127.0.0.1", $"{replicaOf.Port}"],
            .. cluster ? ["--cluster-enabled", "yes", "--cluster-port", $"{FreePort.Next()}"] : Array.Empty<string>(),
        ];
        process = Launch();
    }

    public int Port { get; }

    /// <summary>Where a cluster's nodes speak to each other.</summary>
    internal string ClusterPort => settings[^1];

    /// <summary>For StackExchange.Redis; keeps trying to connect while the server is killed and restarted.</summary>
    public string ConnectionString => $"127.0.0.1:{Port},abortConnect=false,connectTimeout=15000,connectRetry=10";

    /// <param name="aof">Keeps an append-only file, so that <see cref="RestartAsync"/> finds what was written.</param>
    /// <param name="appendFsync">always, everysec or no.</param>
    /// <param name="cluster">A node of a cluster that it has yet to meet; see <see cref="RedisCluster"/>.</param>
    /// <param name="replicaOf">Follows this one; it is in step when the call returns.</param>
    public static async Task<RedisServer> StartAsync(
        bool aof = false, string appendFsync = "everysec", RedisServer? replicaOf = null, bool cluster = false, CancellationToken ct = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = new RedisServer(FreePort.Next(), aof, appendFsync, replicaOf, cluster);
            try
            {
                await server.ReadyAsync(ct).ConfigureAwait(false);
                if (replicaOf is not null)
                    await server.process.LineAsync("Finished with success", ct: ct).ConfigureAwait(false);
                return server;
            }
            catch (InvalidOperationException) when (attempt < 5 && server.PortWasTaken)
            {
                await server.DisposeAsync().ConfigureAwait(false);
            }
            catch
            {
                await server.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>SIGKILL: what the append-only file does not hold is lost.</summary>
    public Task KillAsync() => process.KillAsync();

    /// <summary>SIGSTOP: commands are taken by the kernel, and done after <see cref="Resume"/>.</summary>
    public void Pause() => process.Pause();

    /// <summary>SIGCONT.</summary>
    public void Resume() => process.Resume();

    /// <summary>Starts again on the same port and data, killing the server first when it still runs.</summary>
    public async Task RestartAsync(CancellationToken ct = default)
    {
        await process.DisposeAsync().ConfigureAwait(false);
        process = Launch();
        await ReadyAsync(ct).ConfigureAwait(false);
    }

    /// <summary>
    /// A connection of your own. Await <c>CloseAsync()</c> when done: in StackExchange.Redis 1.2.6 a bare Dispose waits
    /// for the answer to QUIT until syncTimeout is over.
    /// </summary>
    public async Task<ConnectionMultiplexer> ConnectAsync() =>
        await ConnectionMultiplexer.ConnectAsync(ConnectionString).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync().ConfigureAwait(false);
        directory.Dispose();
    }

    private bool PortWasTaken => process.Output.Any(line => line.Contains("Address already in use", StringComparison.Ordinal));

    private ChildProcess Launch() => ChildProcess.Start(program, settings);

    private async Task ReadyAsync(CancellationToken ct)
    {
        await process.LineAsync("Ready to accept connections", ct: ct).ConfigureAwait(false);
        using var probe = await ConnectAsync().ConfigureAwait(false);
        await probe.GetDatabase().PingAsync().WaitAsync(ct).ConfigureAwait(false);
        await probe.CloseAsync(allowCommandsToComplete: false).ConfigureAwait(false);
    }
}
