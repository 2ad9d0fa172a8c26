using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Tasklane.Emulator.Durable;

namespace Tasklane.Emulator.Functions;

/// <summary>Parameters of orchestrators, activities and entities, and the Durable client.</summary>
internal sealed class DurableInputs(DurableHost durable, WorkerDataConverter converter) : IInputBinding
{
    public bool Handles(ParameterInfo parameter) =>
        Attribute(parameter) is DurableClientAttribute or ActivityTriggerAttribute or EntityTriggerAttribute
        || IsOrchestratorInput(parameter);

    public Func<FunctionContext, ValueTask<object?>> Create(ParameterInfo parameter) => Attribute(parameter) switch
    {
        DurableClientAttribute => Client(parameter),
        ActivityTriggerAttribute => ActivityInput(parameter.ParameterType),
        EntityTriggerAttribute => static context =>
        {
            var run = (EntityRun)InvocationContext.Of(context).TriggerValue!;
            return new(new TaskEntityDispatcher(run.DispatchAsync, context.InstanceServices));
        }
        ,
        _ => OrchestratorInput(parameter.ParameterType),
    };

    private static BindingAttribute? Attribute(ParameterInfo parameter) => parameter.GetCustomAttribute<BindingAttribute>();

    /// <summary>A parameter without a binding, beside an orchestration trigger, is the orchestrator's input.</summary>
    private static bool IsOrchestratorInput(ParameterInfo parameter) =>
        Attribute(parameter) is null
        && ((MethodInfo)parameter.Member).GetParameters().Any(p => Attribute(p) is OrchestrationTriggerAttribute);

    private Func<FunctionContext, ValueTask<object?>> Client(ParameterInfo parameter)
    {
        if (parameter.ParameterType != typeof(DurableTaskClient))
            throw new FunctionErrorException($"[DurableClient] binds a DurableTaskClient, not a {parameter.ParameterType}.");
        return _ => new(durable.Client);
    }

    private Func<FunctionContext, ValueTask<object?>> ActivityInput(Type type)
    {
        var empty = type.IsValueType ? RuntimeHelpers.GetUninitializedObject(type) : null;
        return context =>
        {
            // On demand (`/admin/functions/NAME`) the text itself is the input.
            var value = InvocationContext.Of(context).TriggerValue;
            var input = value is ActivityInvocation activity ? activity.Input : (string?)value;
            return new(converter.Deserialize(input, type) ?? empty);
        };
    }

    private static Func<FunctionContext, ValueTask<object?>> OrchestratorInput(Type type)
    {
        if (type.IsInterface)
        {
            // As the worker's converter does; GetInput<T>() of the concrete type works.
            return static _ => new((object?)null);
        }
        var read = typeof(DurableInputs).GetMethod(nameof(GetInput), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type).CreateDelegate<Func<TaskOrchestrationContext, object?>>();
        return context => new(read((TaskOrchestrationContext)InvocationContext.Of(context).TriggerValue!));
    }

    private static object? GetInput<T>(TaskOrchestrationContext context) => context.GetInput<T>();
}
