using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>The activity that asks for a slot once a task's time has come.</summary>
public sealed class AdmitTask(ITaskStore store, TasklaneOptions options)
{
    [Function(nameof(AdmitTask))]
    public Task<Admission> Run([ActivityTrigger] TaskWork work, CancellationToken cancellation)
    {
        options.MustBeOurs(work.Hub);
        return store.AdmitAsync(work.Id, work.Run, work.RetryCount, cancellation);
    }
}
