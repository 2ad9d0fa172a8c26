using System.Reflection;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Tasklane.Emulator.Functions;

/// <summary>One [Function] method: what it is called, what starts it and where its outputs go.</summary>
internal sealed class FunctionInfo
{
    public required string Name { get; init; }

    public required MethodInfo Method { get; init; }

    public required ParameterInfo TriggerParameter { get; init; }

    public required TriggerBindingAttribute Trigger { get; init; }

    /// <summary>The kind that starts it; null while unknown or in error.</summary>
    public ITriggerKind? Kind { get; set; }

    /// <summary>Why it is in error: such a function is listed but never runs.</summary>
    public string? Error { get; set; }

    /// <summary>Disabled by the setting `AzureWebJobs.NAME.Disabled`: listed, runs on demand, its trigger is not started.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>Namespace, class and method, as the worker calls it.</summary>
    public string EntryPoint => $"{Method.DeclaringType!.FullName}.{Method.Name}";

    /// <summary>The trigger's type as function.json spells it: httpTrigger, activityTrigger.</summary>
    public string TriggerType => BindingNames.TypeOf(Trigger);

    /// <summary>The compiled method; set while the host loads.</summary>
    internal FunctionPlan? Plan { get; set; }
}
