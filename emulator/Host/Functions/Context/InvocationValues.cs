using Microsoft.Azure.Functions.Worker.Context.Features;

namespace Tasklane.Emulator.Functions;

/// <summary>Lets middleware see and change an invocation's inputs, outputs and result.</summary>
internal sealed class InvocationValues(InvocationContext context, FunctionPlan plan) : IInvocationValues
{
    public object? Result
    {
        get => context.Result;
        set => context.Result = value;
    }

    public IEnumerable<(string Name, string BindingType)> Outputs => plan.Outputs.Select(o => (o.Name, o.BindingType));

    public object? GetOutput(string name)
    {
        var index = OutputIndex(name);
        return plan.Outputs[index].Read is null ? context.Result : context.OutputValues?[index];
    }

    public void SetOutput(string name, object? value)
    {
        var index = OutputIndex(name);
        if (plan.Outputs[index].Read is null)
            context.Result = value;
        else
            (context.OutputValues ??= new object?[plan.Outputs.Length])[index] = value;
    }

    public async ValueTask<object?> BindInputAsync(string name) =>
        (await context.BindFunctionInputAsync(context)).Values[InputIndex(name)];

    /// <summary>Inputs are bound before they can be set: <see cref="BindInputAsync"/> hands out what is set here.</summary>
    public void SetInput(string name, object? value) => context.BoundInputs!.Values[InputIndex(name)] = value;

    private int OutputIndex(string name)
    {
        var index = Array.FindIndex(plan.Outputs, o => o.Name == name);
        return index >= 0 ? index : throw new ArgumentException($"'{plan.Function.Name}' has no output '{name}'.", nameof(name));
    }

    private int InputIndex(string name)
    {
        var index = Array.FindIndex(plan.Function.Method.GetParameters(), p => p.Name == name);
        return index >= 0 ? index : throw new ArgumentException($"'{plan.Function.Name}' has no parameter '{name}'.", nameof(name));
    }
}
