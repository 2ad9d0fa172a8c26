using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tasklane.Testbed;

/// <summary>A server running as a child: its output is kept for error messages, and it never outlives the tests.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int SigTerm = 15, SigStop = 19, SigCont = 18;
    private const int KeptLines = 2_000;

    private readonly Process process;
    private readonly Lock gate = new();
    private readonly Queue<string> lines = new();
    private readonly List<(Func<string, bool> Match, TaskCompletionSource<string> Found)> waiters = [];
    private readonly EventHandler onTestsExit;

    private ChildProcess(Process process)
    {
        this.process = process;
        onTestsExit = (_, _) => KillQuietly();
        AppDomain.CurrentDomain.ProcessExit += onTestsExit;
    }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <summary>The last lines of stdout and stderr, oldest first.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (gate) return [.. lines];
        }
    }

    public static ChildProcess Start(
        string fileName,
        IEnumerable<string> arguments,
        string? workingDirectory = null,
        IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(fileName, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }

        var child = new ChildProcess(new Process { StartInfo = start, EnableRaisingEvents = true });
        child.process.OutputDataReceived += (_, line) => child.Take(line.Data);
        child.process.ErrorDataReceived += (_, line) => child.Take(line.Data);
        child.process.Exited += (_, _) => child.FailWaiters();
        child.process.Start();
        child.process.BeginOutputReadLine();
        child.process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a command to its end and returns what it wrote.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0; the message holds its output.</exception>
    public static async Task<string> RunAsync(string fileName, IEnumerable<string> arguments, CancellationToken ct = default)
    {
        await using var child = Start(fileName, arguments);
        await child.process.WaitForExitAsync(ct).ConfigureAwait(false);
        var output = string.Join('\n', child.Output);
        if (child.ExitCode != 0) throw new InvalidOperationException($"{fileName} ended with {child.ExitCode}:\n{output}");
        return output;
    }

    /// <summary>Waits for a line of output, also one that was written before the call.</summary>
    /// <exception cref="InvalidOperationException">The process ended without writing it.</exception>
    public async Task<string> LineAsync(string containing, TimeSpan? timeout = null, CancellationToken ct = default)
    {
        bool Matches(string line) => line.Contains(containing, StringComparison.Ordinal);
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (lines.FirstOrDefault(Matches) is { } line) return line;
            waiters.Add((Matches, found));
        }

        if (process.HasExited) FailWaiters();
        try
        {
            return await found.Task.WaitAsync(timeout ?? TimeSpan.FromSeconds(30), ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{process.StartInfo.FileName} did not write '{containing}' in time:\n{Tail()}");
        }
    }

    public Task ExitAsync(CancellationToken ct = default) => process.WaitForExitAsync(ct);

    /// <summary>SIGKILL to the process and its children, then waits until they are gone.</summary>
    public async Task KillAsync()
    {
        KillQuietly();
        await process.WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>SIGTERM, then SIGKILL when the process has not ended within <paramref name="grace"/>. Returns the exit code.</summary>
    public async Task<int> StopAsync(TimeSpan grace)
    {
        if (!process.HasExited) _ = SendSignal(process.Id, SigTerm);
        using var limit = new CancellationTokenSource(grace);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await KillAsync().ConfigureAwait(false);
        }

        return process.ExitCode;
    }

    /// <summary>SIGSTOP: it keeps its connections and answers nobody until <see cref="Resume"/>.</summary>
    public void Pause() => _ = SendSignal(process.Id, SigStop);

    /// <summary>SIGCONT.</summary>
    public void Resume() => _ = SendSignal(process.Id, SigCont);

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= onTestsExit;
        await KillAsync().ConfigureAwait(false);
        process.Dispose();
    }

    /// <summary>The end of the output, for error messages.</summary>
    public string Tail() => string.Join('\n', Output.TakeLast(40));

    private void Take(string? line)
    {
        if (line is null) return;
        lock (gate)
        {
            lines.Enqueue(line);
            if (lines.Count > KeptLines) lines.Dequeue();
            waiters.RemoveAll(waiter => waiter.Match(line) && waiter.Found.TrySetResult(line));
        }
    }

    private void FailWaiters()
    {
        // Without a limit this waits until the pipes are read to their end, so that a last line still counts.
        process.WaitForExit();
        lock (gate)
        {
            foreach (var (_, found) in waiters)
                found.TrySetException(new InvalidOperationException(
                    $"{process.StartInfo.FileName} ended with {process.ExitCode}:\n{string.Join('\n', lines.TakeLast(40))}"));
            waiters.Clear();
        }
    }

    private void KillQuietly()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
