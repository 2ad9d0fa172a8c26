using System.Diagnostics;

namespace Tasklane.Emulator.Worker.OwnProcess;

/// <summary>
/// A process that does not outlive this one: when the host is killed, Linux kills it too. Otherwise a worker would go on, with nobody
/// to talk to, beside the one that the next host starts.
/// </summary>
internal static class WorkerProcess
{
    private static readonly string? _setPriv = Array.Find(["/usr/bin/setpriv", "/bin/setpriv"], File.Exists);

    /// <summary>How to start a program so that it dies with this process, where the system can do that.</summary>
    public static ProcessStartInfo Command(string program)
    {
        var start = new ProcessStartInfo(_setPriv ?? program) { UseShellExecute = false };
        if (_setPriv is not null)
        {
            foreach (var argument in (string[])["--pdeathsig", "KILL", "--", program])
                start.ArgumentList.Add(argument);
        }

        return start;
    }

    /// <summary>Starts it and calls <paramref name="ended"/> with its exit code.</summary>
    /// <exception cref="WorkerStartException">The system refuses.</exception>
    public static Task<Process> StartAsync(ProcessStartInfo start, Action<int> ended)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);

        // The parent, to Linux, is the thread: one that stays as long as the process does.
        new Thread(() =>
        {
            try
            {
                var process = Process.Start(start)!;
                started.SetResult(process);
                process.WaitForExit();
                ended(process.ExitCode);
            }
            catch (Exception e) when (!started.Task.IsCompleted)
            {
                started.SetException(new WorkerStartException($"The worker's process could not be started: {e.Message}", e));
            }
            catch (InvalidOperationException)
            {
                // Disposed of by who started it, after it was told to end.
            }
        })
        {
            IsBackground = true,
            Name = "worker process",
        }.Start();
        return started.Task;
    }
}
