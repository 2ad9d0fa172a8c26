using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tasklane.Tasks;

namespace Tasklane.Pipeline;

/// <summary>The activity of one attempt, or of one slice of it.</summary>
public sealed class RunTask(TaskRunner runner, TasklaneOptions options)
{
    [Function(nameof(RunTask))]
    public Task<Verdict> Run([ActivityTrigger] TaskWork work, [DurableClient] DurableTaskClient client)
    {
        options.MustBeOurs(work.Hub);
        return runner.RunAsync(work, client);
    }
}
