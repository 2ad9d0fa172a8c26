using Microsoft.Extensions.Options;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>Who this process is to the store: the configured name or one that nobody else can have, and an epoch of its own.</summary>
public sealed class WorkerIdentity(IOptions<TasklaneOptions> options)
{
    public WorkerName Name { get; } = new(
        options.Value.Worker is { Length: > 0 } given ? given : $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid():N}"[..Math.Min(64, Environment.MachineName.Length + 24)],
        Guid.NewGuid().ToString("N"));
}
