using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Tasklane.Emulator.Functions;

/// <summary>
/// Decides, once per parameter, where its value comes from: the trigger, a type the host knows, an input binding, a
/// part of the request, or else the binding data of the same name.
/// </summary>
internal sealed class ParameterBinder(IEnumerable<IInputBinding> inputs, WorkerDataConverter serializer)
{
    private readonly IInputBinding[] _inputs = [.. inputs];

    public ParameterBinding Bind(FunctionInfo function, ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (type == typeof(FunctionContext))
            return new(parameter, static context => new(context));
        if (type == typeof(CancellationToken))
            return new(parameter, static context => new(context.CancellationToken));
        if (Array.Find(_inputs, i => i.Handles(parameter)) is { } input)
        {
            var read = input.Create(parameter);
            return new(parameter, context => read(context));
        }
        // By place: two hosts that load one app at the same time may see different objects for one parameter.
        if (parameter.Position == function.TriggerParameter.Position)
            return new(parameter, static context => new(context.TriggerValue), ValueConversion.To(type, serializer));
        if (parameter.GetCustomAttribute<InputBindingAttribute>() is { } unknown)
            throw new FunctionErrorException(BindingNames.NotRegistered(unknown));
        return new(parameter, Named(parameter), ValueConversion.To(type, serializer));
    }

    private static Func<InvocationContext, ValueTask<object?>> Named(ParameterInfo parameter)
    {
        var name = parameter.GetCustomAttributes().OfType<IModelNameProvider>().FirstOrDefault()?.Name ?? parameter.Name!;
        if (parameter.GetCustomAttributes().OfType<IFromHeaderMetadata>().Any())
            return context => new(Header(context.Http, name));
        return context => new(
            context.BindingContext.BindingData.TryGetValue(name, out var value) ? value : ParameterBinding.Missing);
    }

    private static object Header(HttpContext? http, string name) =>
        http is not null && http.Request.Headers.TryGetValue(name, out var value) ? value.ToString() : ParameterBinding.Missing;
}
