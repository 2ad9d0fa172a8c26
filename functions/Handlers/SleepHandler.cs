using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers;

/// <param name="Seconds">How long an attempt takes.</param>
/// <param name="FailTimes">How many attempts fail before one succeeds.</param>
public sealed record SleepPayload(
    [property: Range(0, 86400.0), Description("How long an attempt takes, in seconds.")] double Seconds,
    [property: Range(0, 100), Description("How many attempts fail before one succeeds.")] int FailTimes = 0);

public sealed record SleepResult(double Seconds, int Attempt);

/// <summary>Waits, reporting progress: for trying cancellation, timeouts, retries and the dashboard.</summary>
[TaskType("sleep", Description = "Waits, reporting progress; fails the first attempts when asked.", DevelopmentOnly = true)]
public sealed class SleepHandler(IConfiguration configuration) : ITaskHandler<SleepPayload>
{
    /// <summary>Names a file that gets a line "id attempt" for each sleep that was slept to its end: an effect that crash tests can count.</summary>
    public const string EffectsFile = "Tasklane:Trials:EffectsFile";

    private static readonly Lock _noting = new();
    private const int Steps = 100;
    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(20);

    public async Task<Outcome> RunAsync(SleepPayload payload, ITaskRun run)
    {
        run.Log(TaskLogLevel.Info, $"Sleeping {payload.Seconds} s, attempt {run.Attempt}.");
        var length = TimeSpan.FromSeconds(payload.Seconds);
        var step = length / Steps > ShortestStep ? length / Steps : ShortestStep;
        var begin = run.Time.GetTimestamp();
        while (run.Time.GetElapsedTime(begin) is var elapsed && elapsed < length)
        {
            run.ReportProgress((long)elapsed.TotalMilliseconds, (long)length.TotalMilliseconds, $"{elapsed.TotalSeconds:0.0} s");
            await Task.Delay(length - elapsed < step ? length - elapsed : step, run.Time, run.Cancellation);
        }
        if (run.Attempt <= payload.FailTimes)
            throw new TaskFailedException("asked_to_fail", $"Attempt {run.Attempt} of {payload.FailTimes} that fail.");
        run.ReportProgress((long)length.TotalMilliseconds, (long)length.TotalMilliseconds);
        if (configuration[EffectsFile] is { Length: > 0 } file)
            Note(file, $"{run.Task.Id} {run.Attempt}\n");
        return Outcome.Completed(new SleepResult(payload.Seconds, run.Attempt));
    }

    // Appending is a seek and a write: two at once would write over each other.
    private static void Note(string file, string line)
    {
        lock (_noting)
            File.AppendAllText(file, line);
    }
}
