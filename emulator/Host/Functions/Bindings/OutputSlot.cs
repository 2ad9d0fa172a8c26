using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Azure.Functions.Worker.Http;

namespace Tasklane.Emulator.Functions;

/// <summary>One output of a function: the value it returns, or a property of the result it returns.</summary>
/// <param name="Name">The property's name; "$return" for the value itself, as in function.json.</param>
/// <param name="BindingType">`http`, `signalR`, `queue`...</param>
/// <param name="Read">Reads the property; null for the value itself.</param>
/// <param name="Send">Where it goes; null for the answer to an HTTP request.</param>
internal sealed record OutputSlot(
    string Name,
    string BindingType,
    Func<object, object?>? Read,
    Func<object?, FunctionContext, ValueTask>? Send)
{
    public const string ReturnName = "$return";

    public static OutputSlot[] For(FunctionInfo function, IReadOnlyList<IOutputBinding> bindings)
    {
        if (function.Method.GetCustomAttribute<OutputBindingAttribute>() is { } returned)
            return [new(ReturnName, BindingNames.TypeOf(returned), null, Sender(returned, bindings))];

        var slots = PropertySlots(function, bindings);
        if (slots.Length == 0 && function.Trigger is HttpTriggerAttribute)
            return [new(ReturnName, "http", null, null)];
        return slots;
    }

    private static OutputSlot[] PropertySlots(FunctionInfo function, IReadOnlyList<IOutputBinding> bindings)
    {
        if (CompiledMethod.ResultType(function.Method) is not { } type || type.IsPrimitive || type == typeof(string))
            return [];

        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(p => (Property: p, Attribute: p.GetCustomAttribute<OutputBindingAttribute>()))
            .ToArray();
        if (!Array.Exists(properties, p => p.Attribute is not null))
            return [];

        var http = function.Trigger is HttpTriggerAttribute;
        var slots = new List<OutputSlot>();
        foreach (var (property, attribute) in properties)
        {
            // A plain HttpResponseData property answers the request; an IActionResult one needs [HttpResult].
            var read = CompiledMethod.Getter(property);
            var isResponse = attribute is null && http && property.PropertyType == typeof(HttpResponseData);
            if (isResponse || attribute is HttpResultAttribute)
                slots.Add(new(property.Name, "http", read, null));
            else if (attribute is not null)
                slots.Add(new(property.Name, BindingNames.TypeOf(attribute), read, Sender(attribute, bindings)));
        }
        return [.. slots];
    }

    private static Func<object?, FunctionContext, ValueTask> Sender(
        OutputBindingAttribute attribute, IReadOnlyList<IOutputBinding> bindings)
    {
        var binding = bindings.FirstOrDefault(b => b.Handles(attribute))
            ?? throw new FunctionErrorException(BindingNames.NotRegistered(attribute));
        return binding.Create(attribute);
    }
}
