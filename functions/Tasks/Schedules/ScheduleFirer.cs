using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Schedules;

/// <summary>
/// Makes the tasks of schedules that are due. A tick's task is created under an idempotency key that names the tick, before the schedule goes on
/// to the next: a crash in between, or two at once, find the same task.
/// </summary>
public sealed class ScheduleFirer(IScheduleStore schedules, ITaskStore store, TaskService tasks, ILogger<ScheduleFirer> logger)
{
    private const int BatchSize = 100;
    private const int FiredAtOnce = 8;

    /// <summary>Ticks left out that are counted one by one.</summary>
    private const int MostCounted = 10_000;

    /// <summary>A tick that is late by less has not been missed.</summary>
    private static readonly TimeSpan _late = TimeSpan.FromMinutes(1);

    /// <summary>How often a tick that waits for the end of a task looks for it.</summary>
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(1);

    /// <summary>What has been gone through may be due again.</summary>
    public static DateTimeOffset AtOnce => DateTimeOffset.MinValue;

    /// <summary>Goes through those that are due, once; returns when to come again, which may be <see cref="AtOnce"/>, or null when nothing is planned.</summary>
    public async Task<DateTimeOffset?> FireAsync(DurableTaskClient client, CancellationToken cancellation)
    {
        var due = await schedules.DueAsync(BatchSize, cancellation);
        var options = new ParallelOptions { MaxDegreeOfParallelism = FiredAtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(due.Schedules, options, async (schedule, stop) => await FireAsync(client, schedule, due.Now, stop));
        return due.Schedules.Count > 0 ? AtOnce : due.Next;
    }

    private async Task FireAsync(DurableTaskClient client, Schedule schedule, DateTimeOffset now, CancellationToken cancellation)
    {
        var after = await AfterTickAsync(client, schedule, now, cancellation);
        // One that has been changed meanwhile is as it was changed: its next tick is another.
        if (!await schedules.SaveAsync(after, cancellation))
            logger.LogDebug("Schedule {ScheduleId} was changed while its tick was made.", schedule.Id);
    }

    private async Task<Schedule> AfterTickAsync(DurableTaskClient client, Schedule schedule, DateTimeOffset now, CancellationToken cancellation)
    {
        if (schedule.Tick is not { } tick || schedule.IsPaused)
            return schedule with { DueAt = null };
        // It has waited for a task to end, and so is late for a reason.
        var hasWaited = schedule.DueAt > tick;
        var next = schedule.Timing.Next(tick);
        var isMissed = next <= now || now - tick > _late;
        if (isMissed && !hasWaited && schedule.Missed != MissedTicks.All)
        {
            var (last, count) = LastUpTo(schedule, tick, now);
            var isFired = schedule.Missed == MissedTicks.Once || now - last <= _late;
            var left = schedule with { Skipped = schedule.Skipped + (isFired ? count - 1 : count) };
            if (!isFired)
                return left.From(now);
            (schedule, tick, next) = (left, last, schedule.Timing.Next(last));
        }

        if (schedule.LastTaskId is { } former && await store.GetAsync(former, schedule.Owner, cancellation) is { } task && !task.Status.IsTerminal())
        {
            // Made up for one after the other: none would be left out for the sake of the one before.
            var isMadeUpFor = isMissed && schedule.Missed == MissedTicks.All;
            switch (schedule.Overlap)
            {
                case Overlap.Skip when isMadeUpFor:
                    return schedule with { Tick = tick, DueAt = now + _again };
                case Overlap.Skip:
                    return (schedule with { Skipped = schedule.Skipped + 1 }).From(tick);
                case Overlap.Queue:
                    return schedule with { Tick = tick, DueAt = now + _again };
                case Overlap.Cancel:
                    await CancelAsync(client, former, cancellation);
                    break;
            }
        }
        return (await CreateAsync(client, schedule, tick, cancellation)) with { Tick = next, DueAt = next };
    }

    private async Task<Schedule> CreateAsync(DurableTaskClient client, Schedule schedule, DateTimeOffset tick, CancellationToken cancellation)
    {
        try
        {
            var created = await CreateAsync(client, schedule, $"{tick.ToUnixTimeMilliseconds()}", cancellation);
            return schedule with { LastTick = tick, LastTaskId = created.Task.Id, LastError = null, Fired = schedule.Fired + 1 };
        }
        catch (TaskException refused) when (!refused.IsOutage)
        {
            logger.LogWarning("Schedule {ScheduleId} made no task at {Tick:u}: {Reason}", schedule.Id, tick, refused.Message);
            return schedule with { LastError = $"{refused.Code}: {refused.Message}", Skipped = schedule.Skipped + 1 };
        }
    }

    /// <summary>Makes a schedule's task.</summary>
    /// <param name="occasion">Names the occasion: the same one again finds the same task.</param>
    public Task<Created> CreateAsync(DurableTaskClient client, Schedule schedule, string occasion, CancellationToken cancellation)
    {
        var request = TaskTemplate.Read(schedule.Task);
        return tasks.CreateAsync(
            client,
            request with { Tags = [.. request.Tags, schedule.Tag], IdempotencyKey = $"{schedule.Id} {occasion}", PartName = "schedule" },
            new Caller(schedule.Owner, schedule.Owner, schedule.Roles.ToArray().AsSpan()),
            "schedule",
            cancellation);
    }

    private async Task CancelAsync(DurableTaskClient client, string id, CancellationToken cancellation)
    {
        try
        {
            await tasks.CancelAsync(client, id, null, stopRunning: true, cancellation);
        }
        catch (TaskException ended) when (!ended.IsOutage)
        {
            logger.LogDebug(ended, "Task {TaskId} ended by itself.", id);
        }
    }

    /// <summary>The last tick that is due, and how many are, from one on.</summary>
    private static (DateTimeOffset Last, long Count) LastUpTo(Schedule schedule, DateTimeOffset tick, DateTimeOffset now)
    {
        if (schedule.Timing.EverySeconds is { } seconds)
        {
            var more = Math.Floor((now - tick).TotalSeconds / seconds);
            return (tick.AddSeconds(more * seconds), (long)more + 1);
        }
        var (last, count) = (tick, 1L);
        while (count < MostCounted && schedule.Timing.Next(last) is { } next && next <= now)
            (last, count) = (next, count + 1);
        return (last, count);
    }
}
