using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Telemetry;

/// <summary>The task store with a span around each call; put in its place only where traces are sent somewhere.</summary>
internal class TracedStore : DispatchProxy
{
    private static readonly MethodInfo Generic = typeof(TracedStore).GetMethod(nameof(AwaitAsync), BindingFlags.NonPublic | BindingFlags.Static)!;
    private static readonly ConditionalWeakTable<MethodInfo, Func<Task, Activity, Task>> Awaits = [];

    private ITaskStore _store = null!;
    private string _system = "";

    /// <param name="system">As the semantic conventions name the database.</param>
    public static ITaskStore Over(ITaskStore store, string system)
    {
        var traced = Create<ITaskStore, TracedStore>();
        var proxy = (TracedStore)traced;
        (proxy._store, proxy._system) = (store, system);
        return traced;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var name = targetMethod!.Name.EndsWith("Async", StringComparison.Ordinal) ? targetMethod.Name[..^5] : targetMethod.Name;
        // Without a request or a task around it, it is the pump's and the sweeper's everyday.
        var span = Activity.Current is null ? null : TaskTelemetry.Source.StartActivity($"store {name}", ActivityKind.Client);
        if (span is null)
            return Call(targetMethod, args);
        span.SetTag("db.system.name", _system).SetTag("db.operation.name", name);
        var caller = span.Parent;
        try
        {
            var task = (Task)Call(targetMethod, args)!;
            return Awaits.GetValue(targetMethod, MakeAwait)(task, span);
        }
        catch (Exception failure)
        {
            Failed(span, failure);
            span.Dispose();
            throw;
        }
        finally
        {
            Activity.Current = caller;
        }
    }

    private object? Call(MethodInfo method, object?[]? args)
    {
        try
        {
            return method.Invoke(_store, args);
        }
        catch (TargetInvocationException wrapped) when (wrapped.InnerException is { } failure)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
            throw;
        }
    }

    private static Func<Task, Activity, Task> MakeAwait(MethodInfo method) => method.ReturnType.IsGenericType
        ? Generic.MakeGenericMethod(method.ReturnType.GenericTypeArguments[0]).CreateDelegate<Func<Task, Activity, Task>>()
        : AwaitPlainAsync;

    private static async Task AwaitPlainAsync(Task call, Activity span)
    {
        using (span)
        {
            try
            {
                await call;
            }
            catch (Exception failure)
            {
                Failed(span, failure);
                throw;
            }
        }
    }

    private static async Task<T> AwaitAsync<T>(Task call, Activity span)
    {
        using (span)
        {
            try
            {
                return await (Task<T>)call;
            }
            catch (Exception failure)
            {
                Failed(span, failure);
                throw;
            }
        }
    }

    private static void Failed(Activity span, Exception failure)
    {
        var code = failure is TaskException refusal ? refusal.Code : failure.GetType().FullName;
        span.SetTag("error.type", code);
        // A refusal is an answer.
        if (failure is not TaskException { IsOutage: false })
            span.SetStatus(ActivityStatusCode.Error, code);
    }
}
