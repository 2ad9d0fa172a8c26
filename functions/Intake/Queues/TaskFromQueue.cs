using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tasklane.Intake.Poison;

namespace Tasklane.Intake.Queues;

/// <summary>
/// A message of the storage queue becomes a task. The host deletes a message whose run succeeds, shows it again after one that fails,
/// and moves it to the poison queue after the last try (host.json's <c>queues</c>).
/// </summary>
public sealed class TaskFromQueue(Arrivals arrivals)
{
    internal const string Name = "TaskFromQueue";

    [Function(Name)]
    public Task RunAsync([QueueTrigger(PoisonQueue.TaskQueueName)] QueueMessage message, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        arrivals.TakeAsync(client, new Arrival(ArrivalSources.Queue, message.MessageId, QueueText.Plain(message.Body.ToString())), cancellation);
}
