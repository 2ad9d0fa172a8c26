namespace Tasklane.Testbed;

/// <summary>A real Azurite, the storage emulator, on free loopback ports with a directory of its own.</summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    /// <summary>The account that every Azurite has, with its published key.</summary>
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly string node = Binaries.Find("node", "Node.js 20 or later");
    private readonly TempDirectory directory = new("azurite");
    private readonly string[] arguments;
    private readonly int blobs = FreePort.Next();
    private readonly int queues = FreePort.Next();
    private ChildProcess process;

    private AzuriteServer()
    {
        arguments =
        [
            Program(), "--silent", "--skipApiVersionCheck", "--disableTelemetry", "--location", directory.Path,
            "--blobHost", "127.0.0.1", "--blobPort", $"{blobs}",
            "--queueHost", "127.0.0.1", "--queuePort", $"{queues}",
            "--tableHost", "127.0.0.1", "--tablePort", $"{FreePort.Next()}",
        ];
        process = Launch();
    }

    /// <summary>For the storage clients and for function apps.</summary>
    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};"
        + $"BlobEndpoint=http://127.0.0.1:{blobs}/{Account};QueueEndpoint=http://127.0.0.1:{queues}/{Account};";

    public static async Task<AzuriteServer> StartAsync(CancellationToken ct = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = new AzuriteServer();
            try
            {
                await server.ReadyAsync(ct).ConfigureAwait(false);
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

    /// <summary>SIGTERM: what was written is on the disk afterwards, which Azurite does only every few seconds.</summary>
    public Task StopAsync() => process.StopAsync(TimeSpan.FromSeconds(10));

    /// <summary>SIGKILL: the last seconds are lost.</summary>
    public Task KillAsync() => process.KillAsync();

    /// <summary>Starts again on the same ports and data.</summary>
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

    private bool PortWasTaken => process.Output.Any(line => line.Contains("EADDRINUSE", StringComparison.Ordinal));

    private static string Program()
    {
        var program = Path.Combine(BuiltApps.Root, "tests", "azurite", "node_modules", "azurite", "dist", "src", "azurite.js");
        return File.Exists(program)
            ? program
            : throw new InvalidOperationException("Azurite is missing: run npm ci in tests/azurite, or ./dev test, which does.");
    }

    private ChildProcess Launch() => ChildProcess.Start(node, arguments);

    private async Task ReadyAsync(CancellationToken ct)
    {
        await process.LineAsync("Blob service is successfully listening", ct: ct).ConfigureAwait(false);
        await process.LineAsync("Queue service is successfully listening", ct: ct).ConfigureAwait(false);
    }
}

/// <summary>One Azurite for a test assembly, started when the first test asks; tests keep apart by the names of queues and containers.</summary>
public sealed class SharedAzurite : IAsyncDisposable
{
    private readonly Lazy<Task<AzuriteServer>> server = new(() => AzuriteServer.StartAsync());

    public Task<AzuriteServer> ServerAsync() => server.Value;

    public async ValueTask DisposeAsync()
    {
        if (server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) await server.Value.Result.DisposeAsync().ConfigureAwait(false);
    }
}
