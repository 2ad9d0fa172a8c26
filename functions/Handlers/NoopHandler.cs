using System.Text.Json.Nodes;
using Tasklane.Tasks.Handling;

namespace Tasklane.Handlers;

/// <summary>Does nothing, as fast as it can: for trying the pipeline and measuring it.</summary>
[TaskType("noop", Description = "Does nothing and returns its payload.", DevelopmentOnly = true)]
public sealed class NoopHandler : ITaskHandler<JsonObject>
{
    public Task<Outcome> RunAsync(JsonObject payload, ITaskRun run) => Task.FromResult(Outcome.Completed(payload));
}
