using System.IO.Compression;
using System.Text.Json;
using Tasklane.Handlers.Ai;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.LogAnalysis;

/// <summary>Finds what is out of the ordinary in a log: lines become templates, templates become rates over time, and those are compared with themselves.</summary>
[TaskType("log_analysis", Description = "Finds bursts, drops, new and rare errors in log lines.")]
public sealed class LogAnalysisHandler(ILogLineStore store, AiClient ai) : ITaskHandler<LogAnalysisPayload>
{
    /// <summary>Part of the lines with a time from which the times are used.</summary>
    private const double TimedShare = 0.5;

    public async Task<Outcome> RunAsync(LogAnalysisPayload payload, ITaskRun run)
    {
        var source = new LineSources(store, run.Task.CreatedBy, payload);
        var saved = run.GetCheckpoint<LogAnalysisCheckpoint>();
        var profile = saved is null ? new LogProfile() : Unpack(saved.Profile);
        var position = saved?.Position;
        while (true)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            var page = await source.ReadAsync(position, run.Cancellation);
            profile.DecideTimes(page.Lines.Count(line => line.At is not null) >= TimedShare * page.Lines.Count);
            foreach (var line in page.Lines)
                profile.Add(line.Ref, line.At, line.Level, line.Message);
            run.ReportProgress(profile.Lines, Math.Max(page.Total, profile.Lines), $"{profile.Templates.Count} templates");
            if (page.Next is null)
                break;
            position = page.Next;
            if (run.SliceIsOver)
            {
                await run.SaveCheckpointAsync(new LogAnalysisCheckpoint(position, Pack(profile)));
                return Outcome.Continue;
            }
        }
        var result = new AnomalyFinder(profile).Find();
        run.Log(TaskLogLevel.Info, $"{profile.Lines} lines, {profile.Templates.Count} templates, {result.Anomalies.Count} anomalies.");
        var text = await new SummaryWriter(ai).WriteAsync(result, run);
        return Outcome.Completed(result with { Summary = result.Summary with { Text = text } });
    }

    /// <summary>Compressed, and if need be with less detail, so that it fits a checkpoint. The profile itself is not for use after.</summary>
    internal static byte[] Pack(LogProfile profile)
    {
        while (true)
        {
            using var packed = new MemoryStream();
            using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
                JsonSerializer.Serialize(brotli, profile.Save(), HandlerJson.Options);
            // Four letters of base64 for three bytes, and room for the position.
            if (packed.Length < TaskLimits.MaxPayloadBytes * 3 / 4 - 1024)
                return packed.ToArray();
            profile.Shrink();
        }
    }

    internal static LogProfile Unpack(byte[] packed)
    {
        using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        return LogProfile.Load(JsonSerializer.Deserialize<ProfileState>(brotli, HandlerJson.Options)!);
    }

    /// <param name="Profile">See <see cref="Pack"/>.</param>
    internal sealed record LogAnalysisCheckpoint(string Position, byte[] Profile);
}
