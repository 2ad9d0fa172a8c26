using System.Reflection;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.SignalR;

/// <summary>
/// SignalR trigger functions: each handles one event of one hub, and what it returns is the answer to a client that
/// invoked it. Also starts and stops the service with the host.
/// </summary>
internal sealed class SignalRTriggers(
    SignalRService service, Upstream upstream, BindingHub hubs, FunctionInvoker invoker, WorkerDataConverter serializer)
    : ITriggerKind
{
    public bool Handles(TriggerBindingAttribute trigger) => trigger is SignalRTriggerAttribute;

    public void Add(FunctionInfo function)
    {
        var trigger = (SignalRTriggerAttribute)function.Trigger;
        if (!Enum.TryParse<SignalRInvocationCategory>(trigger.Category, ignoreCase: true, out _))
            throw new FunctionErrorException($"'{trigger.Category}' is no category of SignalR events: connections or messages.");
        var hub = hubs.Of(trigger.HubName);
        if (function.IsDisabled)
            return;
        if (!upstream.TryAdd(hub.Name, trigger.Category, trigger.Event, Handler(function, trigger)))
            throw new FunctionErrorException(
                $"Another function handles {trigger.Category}/{trigger.Event} of hub '{hub.Name}' already.");
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        service.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => service.StopAsync();

    private UpstreamHandler Handler(FunctionInfo function, SignalRTriggerAttribute trigger)
    {
        var names = trigger.ParameterNames;
        var asText = Array.ConvertAll(names, name => Array.Exists(
            function.Method.GetParameters(), p => p.Name == name && p.ParameterType == typeof(string)));
        var asObject = function.TriggerParameter.ParameterType.IsAssignableFrom(typeof(SignalRInvocationContext));
        return async (context, cancellationToken) =>
        {
            var data = Named(context.Arguments ?? [], names, asText);
            object? value = asObject ? context : serializer.Serialize(context);
            var result = await invoker.InvokeAsync(function, value, data, cancellationToken);
            return result is null ? null : RawJson.Of(serializer.Serialize(result));
        };
    }

    /// <summary>The arguments under the names the trigger gives them; text stays text, the rest is JSON.</summary>
    private static Dictionary<string, object?>? Named(object[] arguments, string[] names, bool[] asText)
    {
        if (names.Length == 0)
            return null;
        if (arguments.Length != names.Length)
            throw new ArgumentException($"The function accept {names.Length} arguments but message provided {arguments.Length}.");
        var data = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < names.Length; i++)
        {
            var json = (JsonElement)arguments[i];
            data[names[i]] = json.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.String => json.GetString(),
                _ when asText[i] => json.GetRawText(),
                _ => json,
            };
        }
        return data;
    }
}
