using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>
/// Who this process is to the store: the configured name or one that nobody else can have, and an epoch of its own. On a
/// developer's machine it is the instance's, which a restart brings back; on Azure several processes may share an instance.
/// </summary>
public sealed class WorkerIdentity(IOptions<TasklaneOptions> options, IConfiguration configuration, IHostEnvironment environment)
{
    public WorkerName Name { get; } = new(NameOf(options.Value.Worker, configuration, environment), Guid.NewGuid().ToString("N"));

    private static string NameOf(string given, IConfiguration configuration, IHostEnvironment environment)
    {
        if (given.Length > 0)
            return given;
        var machine = Environment.MachineName;
        return environment.IsDevelopment() && configuration["WEBSITE_INSTANCE_ID"] is { Length: >= 12 } instance
            ? $"{machine}-{instance[..12]}"
            : $"{machine}-{Environment.ProcessId}-{Guid.NewGuid():N}"[..Math.Min(64, machine.Length + 24)];
    }
}
