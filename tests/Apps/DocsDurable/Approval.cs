using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace DocsDurable;

/// <summary>Human interaction: an approval that is waited for until a durable timer fires, then escalated.</summary>
public static class Approval
{
    [Function(nameof(ApprovalWorkflow))]
    public static async Task<string> ApprovalWorkflow([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await context.CallActivityAsync(nameof(RequestApproval), context.InstanceId);
        using var timeout = new CancellationTokenSource();
        var due = context.CurrentUtcDateTime.AddHours(72);
        var timer = context.CreateTimer(due, timeout.Token);
        var approval = context.WaitForExternalEvent<bool>("ApprovalEvent");
        if (approval == await Task.WhenAny(approval, timer))
        {
            timeout.Cancel();
            return await context.CallActivityAsync<string>(nameof(ProcessApproval), approval.Result);
        }

        return await context.CallActivityAsync<string>(nameof(Escalate), context.InstanceId);
    }

    [Function(nameof(RequestApproval))]
    public static void RequestApproval([ActivityTrigger] string instanceId)
    {
    }

    [Function(nameof(ProcessApproval))]
    public static string ProcessApproval([ActivityTrigger] bool approved) => approved ? "approved" : "rejected";

    [Function(nameof(Escalate))]
    public static string Escalate([ActivityTrigger] string instanceId) => "escalated";
}
