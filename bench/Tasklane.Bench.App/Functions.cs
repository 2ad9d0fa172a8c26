using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Tasklane.Bench.App;

public static class Functions
{
    /// <summary>An orchestration of one activity: two turns.</summary>
    [Function("One")]
    public static Task<int> One([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync<int>("Noop", 1);

    [Function("Noop")]
    public static int Noop([ActivityTrigger] int number) => number;

    [Function("Ping")]
    public static IActionResult Ping([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "ping")] HttpRequest request) =>
        new ContentResult { Content = request.Method };
}
