using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http;

/// <summary>Makes a problem document of whatever an HTTP function throws; other triggers pass.</summary>
internal sealed class ProblemMiddleware(ILogger<ProblemMiddleware> logger) : IFunctionsWorkerMiddleware
{
    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next) =>
        context.GetHttpContext() is { } http ? InvokeAsync(context, next, http) : next(context);

    private async Task InvokeAsync(FunctionContext context, FunctionExecutionDelegate next, HttpContext http)
    {
        IResult answer;
        try
        {
            await next(context);
            return;
        }
        catch (TaskException refusal) when (ProblemTexts.Knows(refusal.Code))
        {
            if (refusal.IsOutage)
                logger.LogError(refusal, "The store could not serve {Function}: {Reason}", context.FunctionDefinition.Name, refusal.Message);
            answer = Problem.Answer(refusal, http.Request);
        }
        catch (Exception gone) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer.
            logger.LogDebug(gone, "The caller of {Function} has gone away.", context.FunctionDefinition.Name);
            answer = Results.Empty;
        }
        catch (BadHttpRequestException broken)
        {
            answer = Problem.Answer(new InvalidRequestException(RequestErrors.InvalidJson, 1, 1, broken.Message), http.Request);
        }
        catch (Exception unexpected)
        {
            var trace = Activity.Current?.TraceId.ToHexString() ?? context.InvocationId;
            logger.LogError(unexpected, "{Function} failed; trace id {Trace}.", context.FunctionDefinition.Name, trace);
            answer = Problem.Unexpected(trace, http.Request);
        }
        context.GetInvocationResult().Value = answer;
    }
}
