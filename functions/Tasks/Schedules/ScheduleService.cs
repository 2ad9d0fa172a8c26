using Microsoft.DurableTask.Client;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Schedules;

/// <summary>What people do with schedules. Errors: <see cref="InvalidRequestException"/>, and <see cref="TaskException"/> from the store.</summary>
public sealed class ScheduleService(IScheduleStore schedules, ScheduleFirer firer, TaskService tasks, TaskWaker waker, TimeProvider time)
{
    /// <summary>Schedules that one person may have.</summary>
    public const int MostPerOwner = 10_000;

    private const int MostTries = 10;

    /// <summary>Makes one; its task must be one that the caller may create.</summary>
    public async Task<Schedule> CreateAsync(DurableTaskClient client, Schedule schedule, Caller caller, CancellationToken cancellation)
    {
        Check(schedule, caller);
        if (await schedules.CountAsync(schedule.Owner, cancellation) >= MostPerOwner)
            throw new InvalidRequestException(TaskErrors.TooManySchedules, MostPerOwner);
        var made = schedule.From(time.GetUtcNow());
        // A repeated request has the same id: it finds what the first one made.
        if (!await schedules.SaveAsync(made, cancellation))
            return await GetAsync(schedule.Id, schedule.Owner, cancellation);
        await WakeAsync(client, made);
        return made with { Version = 1 };
    }

    public async Task<Schedule> GetAsync(string id, string? owner, CancellationToken cancellation) =>
        await schedules.GetAsync(id, owner, cancellation) ?? throw new InvalidRequestException(TaskErrors.ScheduleNotFound);

    /// <summary>Changes one; <paramref name="change"/> may be asked again where somebody else changed it meanwhile.</summary>
    /// <param name="caller">Who asks, where what it makes is changed too.</param>
    public async Task<Schedule> ChangeAsync(
        DurableTaskClient client, string id, string? owner, Func<Schedule, Schedule> change, Caller? caller, CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            var former = await GetAsync(id, owner, cancellation);
            var next = change(former);
            if (caller is not null)
                Check(next, caller);
            // A tick that is due but has not been made yet stays, unless it has no place in the new plan.
            var stays = !next.IsPaused && !former.IsPaused && next.Timing == former.Timing;
            next = stays ? next : next.From(time.GetUtcNow());
            if (await schedules.SaveAsync(next, cancellation))
            {
                await WakeAsync(client, next);
                return next with { Version = next.Version + 1 };
            }
            if (tries == MostTries)
                throw new TaskException(TaskErrors.StoreUnavailable, "The schedule was changed by others all the time.");
        }
    }

    public async Task DeleteAsync(string id, string? owner, CancellationToken cancellation)
    {
        if (!await schedules.DeleteAsync(id, owner, cancellation))
            throw new InvalidRequestException(TaskErrors.ScheduleNotFound);
    }

    /// <summary>Makes its task now, whatever it does at its ticks.</summary>
    /// <param name="occasion">The same again finds the same task.</param>
    public async Task<TaskRecord> RunAsync(DurableTaskClient client, string id, string? owner, string occasion, CancellationToken cancellation) =>
        (await firer.CreateAsync(client, await GetAsync(id, owner, cancellation), $"now {occasion}", cancellation)).Task;

    private void Check(Schedule schedule, Caller caller)
    {
        try
        {
            tasks.Check(TaskTemplate.Read(schedule.Task), caller, "schedule");
        }
        catch (InvalidRequestException wrong)
        {
            throw InvalidRequestException.OfFields(RequestErrors.InvalidField, [.. wrong.Below("/task")]);
        }
    }

    private Task WakeAsync(DurableTaskClient client, Schedule schedule) =>
        schedule.DueAt is null ? Task.CompletedTask : waker.WakeSchedulerAsync(client);
}
