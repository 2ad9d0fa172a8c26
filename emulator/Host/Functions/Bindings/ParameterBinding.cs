using System.Reflection;

namespace Tasklane.Emulator.Functions;

/// <summary>How one parameter gets its value in an invocation.</summary>
internal sealed class ParameterBinding(
    ParameterInfo parameter, Func<InvocationContext, ValueTask<object?>> read, Func<object?, object?>? convert = null)
{
    /// <summary>What a source answers that has no value of that name; a source's own null is a value.</summary>
    public static readonly object Missing = new();

    private readonly object? _default = parameter.HasDefaultValue ? parameter.DefaultValue : null;
    private readonly bool _required = !parameter.HasDefaultValue && parameter.ParameterType.IsValueType
        && Nullable.GetUnderlyingType(parameter.ParameterType) is null;

    public ValueTask<object?> Bind(InvocationContext context)
    {
        var value = read(context);
        return value.IsCompletedSuccessfully ? new(Finish(value.Result)) : Wait(value);
    }

    /// <summary>The worker's sentences for a value that cannot be had.</summary>
    public string Describe(Exception error) => error is MissingValueException
        ? $"Could not populate the value for '{parameter.Name}' parameter. Consider updating the parameter with a default value."
        : $"Cannot convert input parameter '{parameter.Name}' to type '{parameter.ParameterType.FullName}'. Error:{error}";

    private async ValueTask<object?> Wait(ValueTask<object?> value) => Finish(await value);

    private object? Finish(object? value)
    {
        if (value is not null && value != Missing)
            return convert is null ? value : convert(value);
        if (value == Missing && parameter.HasDefaultValue)
            return _default;
        return _required ? throw new MissingValueException() : null;
    }

    private sealed class MissingValueException : Exception;
}
