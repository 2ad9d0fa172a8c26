namespace Microsoft.Azure.Functions.Worker.Converters;

/// <summary>Makes a parameter's value of what the trigger or binding brought.</summary>
public interface IInputConverter
{
    ValueTask<ConversionResult> ConvertAsync(ConverterContext context);
}

/// <summary>What is to be converted, and to what.</summary>
public abstract class ConverterContext
{
    public abstract Type TargetType { get; }

    public abstract object? Source { get; }

    public abstract FunctionContext FunctionContext { get; }

    /// <summary>The parameter's binding attribute is here under <c>bindingAttribute</c>.</summary>
    public abstract IReadOnlyDictionary<string, object> Properties { get; }
}

/// <summary>A value, a failure, or "not mine".</summary>
public readonly struct ConversionResult
{
    private ConversionResult(ConversionStatus status, object? value = null, Exception? error = null)
    {
        Status = status;
        Value = value;
        Error = error;
    }

    public ConversionStatus Status { get; }

    public object? Value { get; }

    public Exception? Error { get; }

    public static ConversionResult Success(object? value) => new(ConversionStatus.Succeeded, value);

    public static ConversionResult Failed(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return new(ConversionStatus.Failed, error: exception);
    }

    public static ConversionResult Unhandled() => new(ConversionStatus.Unhandled);
}

/// <summary>How a conversion ended.</summary>
public enum ConversionStatus
{
    Unhandled,
    Succeeded,
    Failed,
}

/// <summary>The converter of a type or of one parameter.</summary>
[AttributeUsage(
    AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum
        | AttributeTargets.Interface | AttributeTargets.Parameter,
    AllowMultiple = true)]
public class InputConverterAttribute(Type converterType) : Attribute
{
    public Type ConverterType { get; } = converterType ?? throw new ArgumentNullException(nameof(converterType));
}

/// <summary>Whether the worker's own converters are tried after the ones an attribute names.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ConverterFallbackBehaviorAttribute(ConverterFallbackBehavior fallbackBehavior) : Attribute
{
    public ConverterFallbackBehavior Behavior { get; } = fallbackBehavior;
}

/// <inheritdoc cref="ConverterFallbackBehaviorAttribute"/>
public enum ConverterFallbackBehavior
{
    Allow = 0,
    Default = Allow,
    Disallow = 1,
}

/// <summary>A type that a converter can make.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class SupportedTargetTypeAttribute(Type targetType) : Attribute
{
    public Type TargetType { get; } = targetType ?? throw new ArgumentNullException(nameof(targetType));
}

/// <summary>Finds a parameter's binding attribute.</summary>
public static class ConverterContextExtensions
{
    public static bool TryGetBindingAttribute<T>(this ConverterContext context, out object? bindingAttribute)
        where T : Attribute => context.TryGetBindingAttribute(typeof(T), out bindingAttribute);

    public static bool TryGetBindingAttribute(this ConverterContext context, Type type, out object? bindingAttribute)
    {
        ArgumentNullException.ThrowIfNull(context);
        var found = context.Properties.TryGetValue("bindingAttribute", out var attribute) && type.IsInstanceOfType(attribute);
        bindingAttribute = found ? attribute : null;
        return found;
    }
}
