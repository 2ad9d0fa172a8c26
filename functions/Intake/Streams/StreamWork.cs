using System.Security.Cryptography;
using System.Text;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Intake.Streams;

/// <summary>
/// Does what a message of the stream says. The newest task with the id's tag is the id's task: <c>execute</c> finds it while it waits or
/// runs, and makes another one when it has ended; <c>stop</c> cancels it. A message that was done does nothing again.
/// </summary>
public sealed class StreamWork(Arrivals arrivals, TaskService tasks, ITaskStore store, TasklaneOptions options, ILogger<StreamWork> logger)
{
    /// <summary>Tasks of the id that are looked through for one that this very message made.</summary>
    private const int MostFormer = 20;

    private const int MostTurns = 20;

    /// <summary>What makes two messages the same: all that they say, and where that has no time in it, also where they stand.</summary>
    internal static string IdentityOf(StreamMessage message, RedisValue entry)
    {
        var whole = message.Json.Contains("\"timestamp\"", StringComparison.Ordinal) ? message.Json : $"{message.Json}\n{entry}";
        return "message:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(whole)))[..32];
    }

    /// <summary>Done, durably, when it returns.</summary>
    /// <exception cref="TaskException">The message can be no task, or the store is away.</exception>
    internal Task HandleAsync(DurableTaskClient client, StreamMessage message, string identity, CancellationToken cancellation) =>
        message.IsStop ? StopAsync(client, message, cancellation) : ExecuteAsync(client, message, identity, cancellation);

    private async Task StopAsync(DurableTaskClient client, StreamMessage message, CancellationToken cancellation)
    {
        if (await FormerAsync(message, cancellation) is not [var newest, ..] || newest.Status.IsTerminal())
            return;
        try
        {
            await tasks.CancelAsync(client, newest.Id, options.Intake.User, stopRunning: true, cancellation);
        }
        catch (TaskException ended) when (ended.Code is TaskErrors.NotCancellable or TaskErrors.NotFound)
        {
            logger.LogDebug("The task {TaskId} of {Tag} had ended before it was stopped.", newest.Id, message.Tag);
        }
    }

    private async Task ExecuteAsync(DurableTaskClient client, StreamMessage message, string identity, CancellationToken cancellation)
    {
        var newest = "";
        for (var (turn, taken) = (0, 0); turn < MostTurns; turn++)
        {
            var former = await FormerAsync(message, cancellation);
            if (former is [var last, ..] && !last.Status.IsTerminal())
                return;
            if (former.Any(task => task.Tags.Contains(identity)))
                return; // this message made it, and could not be acknowledged
            // Of several consumers that find the same end, one makes the next task: the key names the end.
            var ended = former is [var latest, ..] ? latest.Id : "";
            taken = turn > 0 && ended == newest ? taken + 1 : 0;
            newest = ended;
            var key = Arrivals.Key(ArrivalSources.Stream, message.Tag, ended, $"{taken}");
            try
            {
                await arrivals.CreateAsync(client, message.ToRequest(options.Intake.StreamType, identity, key), ArrivalSources.Stream, cancellation);
                return;
            }
            catch (TaskException other) when (other.Code == TaskErrors.IdempotencyConflict)
            {
                // Another message's task has it by now; or it had, and was purged.
                logger.LogDebug("Another message of {Tag} was faster.", message.Tag);
            }
        }
        throw new InvalidOperationException($"The tasks of {message.Tag} end faster than another one can be made.");
    }

    /// <summary>The id's tasks, newest first.</summary>
    private async Task<IReadOnlyList<TaskRecord>> FormerAsync(StreamMessage message, CancellationToken cancellation) =>
        (await store.ListAsync(new TaskQuery { Owner = options.Intake.User, Tag = message.Tag, PageSize = MostFormer }, cancellation)).Tasks;
}
