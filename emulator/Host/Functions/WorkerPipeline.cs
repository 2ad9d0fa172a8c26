using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Tasklane.Emulator.Functions;

/// <summary>The app's worker middleware, composed once. An app without middleware pays nothing for it.</summary>
internal sealed class WorkerPipeline
{
    private readonly FunctionExecutionDelegate? _middleware;

    public WorkerPipeline(MiddlewareList middleware)
    {
        if (middleware.Items.Count == 0)
            return;

        FunctionExecutionDelegate next = static context =>
        {
            var invocation = InvocationContext.Of(context);
            return invocation.Innermost(invocation);
        };
        for (var i = middleware.Items.Count - 1; i >= 0; i--)
            next = middleware.Items[i](next);
        _middleware = next;
    }

    public bool IsEmpty => _middleware is null;

    public Task RunAsync(InvocationContext context, FunctionPlan plan) =>
        _middleware is null ? plan.ExecuteAsync(context) : _middleware(context);

    /// <summary>Runs the middleware round something other than the method: a turn of an orchestrator.</summary>
    public Task RunAsync(InvocationContext context, Func<InvocationContext, Task> innermost)
    {
        if (_middleware is null)
            return innermost(context);
        context.Innermost = innermost;
        return _middleware(context);
    }
}

/// <summary>Middleware in the order it was added; filled by the app's builder.</summary>
internal sealed class MiddlewareList
{
    public List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> Items { get; } = [];
}
