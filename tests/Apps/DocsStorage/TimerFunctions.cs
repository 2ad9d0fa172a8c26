using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace DocsStorage;

public sealed class TimerFunctions(TimeProvider time, ILogger<TimerFunctions> logger)
{
    [Function("NightlyReport")]
    [FixedDelayRetry(5, "00:00:10")]
    [QueueOutput("reports")]
    public string NightlyReport([TimerTrigger("0 0 2 * * *")] TimerInfo timer, FunctionContext context)
    {
        if (context.RetryContext is { RetryCount: < 2 } retry)
            throw new InvalidOperationException($"The report is not ready (try {retry.RetryCount}).");
        var now = time.GetUtcNow();
        logger.LogInformation("Report of {Now}; past due: {IsPastDue}", now, timer.IsPastDue);
        return $"Report of {now:yyyy-MM-dd HH:mm}";
    }
}
