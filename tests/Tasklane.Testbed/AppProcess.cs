using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Tasklane.Testbed;

/// <summary>
/// The app on the Functions host, as a process of its own, as users run it: killed with SIGKILL and started again on the same port, data and
/// settings, to see what a crash costs.
/// </summary>
public sealed class AppProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private readonly string assembly;
    private readonly Dictionary<string, string?> environment;
    private ChildProcess process;

    private AppProcess(string assembly, Dictionary<string, string?> environment, int port)
    {
        this.assembly = assembly;
        this.environment = environment;
        Url = new Uri($"http://localhost:{port}/");
        // The name localhost would be tried as ::1 first.
        // Without cookies, so that signing in as one user does not make every request that user's.
        Http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseCookies = false }) { BaseAddress = Url };
        process = Launch();
    }

    public Uri Url { get; }

    /// <summary>A client of it that lives through restarts.</summary>
    public HttpClient Http { get; }

    public int ProcessId => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>What this run of it wrote.</summary>
    public IReadOnlyList<string> Output => process.Output;

    /// <summary>Starts the app and waits until it says it is ready.</summary>
    /// <param name="dataDirectory">Where it keeps everything; yours, so that it survives the process.</param>
    /// <param name="settings">Environment variables beside the usual ones; null removes one. <c>Tasklane__Store</c> is sqlite unless given.</param>
    /// <param name="assembly">The app's dll; Tasklane.Functions.dll in its own output when not given.</param>
    /// <param name="port">A free one when not given.</param>
    /// <exception cref="InvalidOperationException">It ended, or did not become ready in time; the message holds its output.</exception>
    public static async Task<AppProcess> StartAsync(
        string dataDirectory,
        IReadOnlyDictionary<string, string?>? settings = null,
        string? assembly = null,
        int? port = null,
        CancellationToken ct = default)
    {
        var listen = port ?? FreePort.Next();
        var environment = new Dictionary<string, string?>
        {
            ["TASKLANE_EMULATOR_PORT"] = $"{listen}",
            ["TASKLANE_EMULATOR_DATA"] = dataDirectory,
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            ["Tasklane__Store"] = "sqlite",
            ["Tasklane__Sqlite"] = Path.Combine(dataDirectory, "tasks.db"),
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string?>()) environment[name] = value;

        var app = new AppProcess(assembly ?? BuiltApps.Functions, environment, listen);
        try
        {
            await app.ReadyAsync(ct).ConfigureAwait(false);
            return app;
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Signs in at the development provider; returns the token for <c>Authorization: Bearer</c>.</summary>
    public async Task<string> SignInAsync(string user, string[]? roles = null, CancellationToken ct = default)
    {
        using var response = await Http.PostAsJsonAsync(new Uri(".auth/login/dev", UriKind.Relative), new { user, roles }, ct).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(ct).ConfigureAwait(false);
        return answer.GetProperty("token").GetString()!;
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => process.KillAsync();

    /// <summary>SIGSTOP: it does nothing until <see cref="Resume"/>.</summary>
    public void Pause() => process.Pause();

    /// <summary>SIGCONT.</summary>
    public void Resume() => process.Resume();

    /// <summary>SIGTERM, and SIGKILL should it not end within <paramref name="grace"/>; returns the exit code.</summary>
    public Task<int> StopAsync(TimeSpan? grace = null) => process.StopAsync(grace ?? TimeSpan.FromSeconds(30));

    /// <summary>Starts it again on the same port, data and settings; what still runs is killed first.</summary>
    /// <param name="ready">False returns at once: for a test that kills it while it starts.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task RestartAsync(bool ready = true, CancellationToken ct = default)
    {
        await process.DisposeAsync().ConfigureAwait(false);
        process = Launch();
        if (ready) await ReadyAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Until GET /api/health answers 200.</summary>
    public async Task ReadyAsync(CancellationToken ct = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(StartLimit);
        try
        {
            while (!await IsReadyAsync(limit.Token).ConfigureAwait(false))
            {
                if (process.HasExited)
                {
                    await process.ExitAsync(ct).ConfigureAwait(false);
                    throw new InvalidOperationException($"The app ended with {process.ExitCode}:\n{process.Tail()}");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new InvalidOperationException($"The app was not ready within {StartLimit}:\n{process.Tail()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await process.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        try
        {
            using var response = await Http.GetAsync(new Uri("api/health", UriKind.Relative), ct).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private ChildProcess Launch() => ChildProcess.Start("dotnet", [BuiltApps.Host, "--app", assembly], Path.GetDirectoryName(assembly), environment);

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, ct).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
