using System.Security.Cryptography;
using System.Text;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tasklane.Intake.Blobs;
using Tasklane.Intake.Events;
using Tasklane.Intake.Poison;
using Tasklane.Intake.Queues;
using Tasklane.Tasks;
using Tasklane.Tasks.Problems;

namespace Tasklane.Intake;

/// <summary>
/// Makes tasks of what arrives. Each has an idempotency key, so one that is delivered again finds the task that it made. What can be
/// no task goes to the poison queue with the reason; an outage is thrown, so that whoever delivered it does so again.
/// </summary>
public sealed class Arrivals(
    TaskService tasks, PoisonQueue poison, BlobDrops blobs, EventTypes events, TasklaneOptions options, TimeProvider time, ILogger<Arrivals> logger)
{
    private readonly string[] _roles = IntakeOptions.Parts(options.Intake.Roles);

    /// <summary>Creates the task, or sets the arrival aside.</summary>
    /// <returns>The task's id; null when it was set aside, or was a task once and has been purged.</returns>
    public async Task<string?> TakeAsync(DurableTaskClient client, Arrival arrival, CancellationToken cancellation)
    {
        try
        {
            return await CreateAsync(client, arrival, cancellation);
        }
        catch (TaskException refusal) when (!refusal.IsOutage)
        {
            logger.LogWarning("What came by {Source} as {Id} cannot be a task and goes to {Queue}: {Reason}", arrival.Source, arrival.Id, PoisonQueue.QueueName, refusal.Message);
            await poison.AddAsync(PoisonNote.Of(arrival, refusal, time.GetUtcNow()), cancellation);
            return null;
        }
    }

    /// <summary>Creates the task, or finds it.</summary>
    /// <returns>Its id; null when it was a task once and has been purged.</returns>
    /// <exception cref="TaskException">It can be no task, or the store is away.</exception>
    public async Task<string?> CreateAsync(DurableTaskClient client, Arrival arrival, CancellationToken cancellation)
    {
        var request = arrival.Source switch
        {
            ArrivalSources.Queue => QueueText.Read(arrival),
            ArrivalSources.Blob => blobs.Read(arrival),
            _ => events.Read(arrival),
        };
        return await CreateAsync(client, request, arrival.Source, cancellation);
    }

    /// <inheritdoc cref="CreateAsync(DurableTaskClient, Arrival, CancellationToken)"/>
    internal async Task<string?> CreateAsync(DurableTaskClient client, TaskRequest request, string source, CancellationToken cancellation)
    {
        try
        {
            return (await tasks.CreateAsync(client, request, CallerOf(request), source, cancellation)).Task.Id;
        }
        catch (TaskException gone) when (gone.Code == TaskErrors.IdempotencyGone)
        {
            return null;
        }
    }

    /// <summary>A key as short as keys must be, whatever it is made of.</summary>
    internal static string Key(string source, params ReadOnlySpan<string> parts) =>
        $"{source}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts!))))}";

    private Caller CallerOf(TaskRequest request)
    {
        if (request.Owner is not { } owner)
            return new Caller(options.Intake.User, options.Intake.User, _roles);
        if (!options.Intake.Owners)
            throw InvalidRequestException.OfField("/owner", FieldErrors.Rule, "may not be named here; leave it out, or set Tasklane:Intake:Owners to true");
        if (Characters.Count(owner) is 0 or > 200)
            throw InvalidRequestException.OfField("/owner", FieldErrors.Length, 1, 200, Characters.Count(owner));
        return Characters.AreVisible(owner) ? new Caller(owner, owner, _roles) : throw InvalidRequestException.OfField("/owner", FieldErrors.Text);
    }
}
