using Npgsql;

namespace Tasklane.Testbed;

/// <summary>A PostgreSQL cluster of its own on a free loopback port; durable against kill -9, not against a power cut, and never vacuumed: no test lives that long.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    // The server refuses to run as root; Debian's package brings this user.
    private const string ServerUser = "postgres";
    private readonly TempDirectory directory;
    private readonly int port;
    private readonly string[] further;
    private ChildProcess process;

    private PostgresServer(TempDirectory directory, int port, string[] further)
    {
        this.directory = directory;
        this.port = port;
        this.further = further;
        process = Launch();
    }

    /// <summary>For Npgsql, without a database: see <see cref="CreateDatabaseAsync"/>.</summary>
    public string ConnectionString => ConnectionStringTo("postgres");

    private static IEnumerable<string> Directories =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin"))
            : [];

    /// <param name="settings">Further ones, as "name=value".</param>
    public static async Task<PostgresServer> StartAsync(CancellationToken ct = default, params string[] settings)
    {
        var directory = new TempDirectory("postgres");
        try
        {
            if (Environment.IsPrivilegedProcess)
                await ChildProcess.RunAsync("chown", [ServerUser, directory.Path], ct).ConfigureAwait(false);
            var (program, arguments) = AsServerUser(
                "initdb", "-D", directory.File("data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
            await ChildProcess.RunAsync(program, arguments, ct).ConfigureAwait(false);
            for (var attempt = 1; ; attempt++)
            {
                var server = new PostgresServer(directory, FreePort.Next(), settings);
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

    /// <summary>A fresh, empty database; returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken ct = default)
    {
        var name = $"test_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(ct).ConfigureAwait(false);
        await using var create = connection.CreateCommand();
        create.CommandText = $"create database {name}";
        await create.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        return ConnectionStringTo(name);
    }

    /// <summary>The directory of its data, where a log of its own is kept when settings ask for one.</summary>
    public string DataDirectory => directory.File("data");

    /// <summary>SIGKILL to the server and its backends.</summary>
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
        NpgsqlConnection.ClearAllPools();
        await process.DisposeAsync().ConfigureAwait(false);
        directory.Dispose();
    }

    private bool PortWasTaken => process.Output.Any(line => line.Contains("Address already in use", StringComparison.Ordinal));

    private static (string Program, IEnumerable<string> Arguments) AsServerUser(string program, params string[] arguments)
    {
        var path = Binaries.Find(program, "postgresql", Directories);
        // setpriv becomes the program, so that the process id is the server's own; runuser would stand in between.
        return Environment.IsPrivilegedProcess
            ? ("setpriv", [$"--reuid={ServerUser}", $"--regid={ServerUser}", "--init-groups", path, .. arguments])
            : (path, arguments);
    }

    private string ConnectionStringTo(string database) =>
        $"Host=127.0.0.1;Port={port};Username=postgres;Database={database};Maximum Pool Size=30";

    private ChildProcess Launch()
    {
        string[] settings =
        [
            "-D", directory.File("data"), "-p", $"{port}", "-h", "127.0.0.1", "-k", directory.Path,
            "-c", "fsync=off", "-c", "autovacuum=off", "-c", "full_page_writes=off", "-c", "max_connections=300", "-c", "shared_buffers=64MB",
            .. further.SelectMany(setting => new[] { "-c", setting }),
        ];
        var (program, arguments) = AsServerUser("postgres", settings);
        // It starts nowhere it may not read.
        return ChildProcess.Start(program, arguments, directory.Path);
    }

    private async Task ReadyAsync(CancellationToken ct)
    {
        // A server that keeps a log file of its own says nothing more here after this.
        var keepsLog = further.Contains("logging_collector=on");
        await process.LineAsync(keepsLog ? "redirecting log output" : "database system is ready to accept connections", ct: ct).ConfigureAwait(false);
        // Pooled connections of before a restart are dead.
        NpgsqlConnection.ClearAllPools();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var probe = new NpgsqlConnection(ConnectionString);
                await probe.OpenAsync(ct).ConfigureAwait(false);
                return;
            }
            catch (NpgsqlException) when (keepsLog && attempt < 300)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct).ConfigureAwait(false);
            }
        }
    }
}
