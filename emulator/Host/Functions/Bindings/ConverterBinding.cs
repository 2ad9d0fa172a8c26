using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.DependencyInjection;

namespace Tasklane.Emulator.Functions;

/// <summary>A parameter whose own attribute, or whose type's, names a converter: [FromBody] and the app's own.</summary>
internal sealed class ConverterBinding : IInputBinding
{
    public bool Handles(ParameterInfo parameter) => Find(parameter) is not null;

    public Func<FunctionContext, ValueTask<object?>> Create(ParameterInfo parameter)
    {
        var factory = ActivatorUtilities.CreateFactory(Find(parameter)!.ConverterType, Type.EmptyTypes);
        var properties = new Dictionary<string, object>();
        if (parameter.GetCustomAttribute<BindingAttribute>() is { } attribute)
            properties["bindingAttribute"] = attribute;
        IInputConverter? converter = null;
        return async context =>
        {
            // One for all invocations, as in the worker.
            converter ??= (IInputConverter)factory(context.InstanceServices, null);
            var result = await converter.ConvertAsync(new Context(context, parameter, Source(context, parameter), properties));
            return result.Status switch
            {
                ConversionStatus.Succeeded => result.Value,
                ConversionStatus.Failed => throw result.Error!,
                _ => ParameterBinding.Missing,
            };
        };
    }

    private static InputConverterAttribute? Find(ParameterInfo parameter) =>
        parameter.GetCustomAttribute<InputConverterAttribute>()
        ?? parameter.ParameterType.GetCustomAttribute<InputConverterAttribute>();

    private static object? Source(FunctionContext context, ParameterInfo parameter)
    {
        var invocation = InvocationContext.Of(context);
        if (parameter.GetCustomAttribute<TriggerBindingAttribute>() is not null)
            return invocation.TriggerValue;
        return invocation.BindingContext.BindingData.TryGetValue(parameter.Name!, out var value) ? value : null;
    }

    private sealed class Context(
        FunctionContext function, ParameterInfo parameter, object? source, IReadOnlyDictionary<string, object> properties)
        : ConverterContext
    {
        public override Type TargetType => parameter.ParameterType;

        public override object? Source => source;

        public override FunctionContext FunctionContext => function;

        public override IReadOnlyDictionary<string, object> Properties => properties;
    }
}
