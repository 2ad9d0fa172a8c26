namespace Tasklane.Testbed;

/// <summary>A MariaDB server of its own on a free loopback port; durable against kill -9, not against a power cut.</summary>
public sealed class MySqlServer : IAsyncDisposable
{
    private readonly TempDirectory directory;
    private readonly int port;
    private ChildProcess process;

    private MySqlServer(TempDirectory directory, int port)
    {
        this.directory = directory;
        this.port = port;
        process = Launch();
    }

    /// <summary>For MySqlConnector, without a database: each hub makes its own.</summary>
    public string ConnectionString => $"Server=127.0.0.1;Port={port};User ID=root;SslMode=None;Maximum Pool Size=30";

    public static async Task<MySqlServer> StartAsync(CancellationToken ct = default)
    {
        var directory = new TempDirectory("mysql");
        try
        {
            await ChildProcess.RunAsync(
                Binaries.Find("mariadb-install-db", "mariadb-server"),
                [
                    "--no-defaults", $"--datadir={directory.File("data")}", "--auth-root-authentication-method=normal", "--skip-test-db",
                    "--innodb-log-file-size=16M", .. User,
                ],
                ct).ConfigureAwait(false);
            for (var attempt = 1; ; attempt++)
            {
                var server = new MySqlServer(directory, FreePort.Next());
                try
                {
                    await server.ReadyAsync(ct).ConfigureAwait(false);
                    return server;
                }
                catch (InvalidOperationException) when (attempt < 5 && server.PortWasTaken)
                {
                    await server.process.DisposeAsync().ConfigureAwait(false);
                }
                catch
                {
                    await server.process.DisposeAsync().ConfigureAwait(false);
                    throw;
                }
            }
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => process.KillAsync();

    /// <summary>Starts again on the same port and data, killing the server first when it still runs.</summary>
    public async Task RestartAsync(CancellationToken ct = default)
    {
        await process.DisposeAsync().ConfigureAwait(false);
        process = Launch();
        await ReadyAsync(ct).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync().ConfigureAwait(false);
        directory.Dispose();
    }

    private static string[] User => Environment.IsPrivilegedProcess ? ["--user=root"] : [];

    private bool PortWasTaken => process.Output.Any(line => line.Contains("Address already in use", StringComparison.Ordinal));

    private ChildProcess Launch() => ChildProcess.Start(
        Binaries.Find("mariadbd", "mariadb-server", ["/usr/sbin"]),
        [
            "--no-defaults", $"--datadir={directory.File("data")}", $"--port={port}", "--bind-address=127.0.0.1", $"--socket={directory.File("s")}",
            $"--pid-file={directory.File("pid")}", "--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M",
            "--max-connections=300", "--skip-name-resolve", .. User,
        ],
        directory.Path);

    private Task ReadyAsync(CancellationToken ct) => process.LineAsync("ready for connections", ct: ct);
}
