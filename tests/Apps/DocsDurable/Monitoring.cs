using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace DocsDurable;

public sealed record MonitorRequest(string JobId, DateTime ExpiresAt, int PollingMinutes);

public interface IJobs
{
    string StatusOf(string jobId);
}

/// <summary>Monitor: polls until a job is done or the monitor expires. And an eternal orchestration.</summary>
public static class Monitoring
{
    [Function(nameof(MonitorJob))]
    public static async Task<string> MonitorJob([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var request = context.GetInput<MonitorRequest>()!;
        while (context.CurrentUtcDateTime < request.ExpiresAt)
        {
            var status = await context.CallActivityAsync<string>(nameof(GetJobStatus), request.JobId);
            context.SetCustomStatus(status);
            if (status == "Completed")
                return status;
            await context.CreateTimer(context.CurrentUtcDateTime.AddMinutes(request.PollingMinutes), CancellationToken.None);
        }

        return "Expired";
    }

    [Function(nameof(GetJobStatus))]
    public static string GetJobStatus([ActivityTrigger] string jobId, FunctionContext context) =>
        context.InstanceServices.GetService(typeof(IJobs)) is IJobs jobs ? jobs.StatusOf(jobId) : "Running";

    [Function(nameof(PeriodicCleanup))]
    public static async Task PeriodicCleanup([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var runs = context.GetInput<int>();
        await context.CallActivityAsync(nameof(CleanUp), runs);
        context.SetCustomStatus(runs + 1);
        await context.CreateTimer(context.CurrentUtcDateTime.AddHours(1), CancellationToken.None);
        context.ContinueAsNew(runs + 1);
    }

    [Function(nameof(CleanUp))]
    public static void CleanUp([ActivityTrigger] int run)
    {
    }
}
