using System.Text.Json;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.SignalR;

/// <summary>
/// SignalR trigger functions: each handles one event of one hub, and what it returns is the answer to a client that
/// invoked it. Also starts and stops the service with the host.
/// </summary>
internal sealed class SignalRTriggers(SignalRService service, Upstream upstream, BindingHub hubs, FunctionInvoker invoker) : ITriggerKind
{
    public string Type => "signalRTrigger";

    public void Add(HostFunction function)
    {
        var trigger = function.Trigger!;
        var category = trigger.Text("category") ?? "";
        if (!Enum.TryParse<UpstreamCategory>(category, ignoreCase: true, out _))
            throw new FunctionErrorException($"'{category}' is no category of SignalR events: connections or messages.");
        var hub = hubs.Of(trigger.Text("hubName"));
        var @event = trigger.Text("event") ?? "";
        if (!upstream.TryAdd(hub.Name, category, @event, Handler(function)))
            throw new FunctionErrorException($"Another function handles {category}/{@event} of hub '{hub.Name}' already.");
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        service.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => service.StopAsync();

    private UpstreamHandler Handler(HostFunction function)
    {
        var names = function.Trigger!.Texts("parameterNames");
        return async (context, cancellationToken) =>
        {
            var invocation = new Invocation(function) { TriggerData = new TypedData { Json = context.ToJson() } };
            Name(invocation, context.Arguments ?? [], names);
            var response = await invoker.InvokeAsync(invocation, cancellationToken);
            return function.Return is null ? Answer(response.ReturnValue) : null;
        };
    }

    /// <summary>The arguments under the names the trigger gives them; text stays text, the rest is JSON.</summary>
    private static void Name(Invocation invocation, IReadOnlyList<JsonElement> arguments, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return;
        if (arguments.Count != names.Count)
            throw new ArgumentException($"The function accept {names.Count} arguments but message provided {arguments.Count}.");
        for (var i = 0; i < names.Count; i++)
        {
            if (arguments[i].ValueKind == JsonValueKind.Null)
                continue;
            invocation.TriggerMetadata[names[i]] = arguments[i].ValueKind == JsonValueKind.String
                ? new TypedData { String = arguments[i].GetString() }
                : new TypedData { Json = arguments[i].GetRawText() };
        }
    }

    private static RawJson? Answer(TypedData? value) => value?.DataCase switch
    {
        TypedData.DataOneofCase.Json => RawJson.Of(value.Json),
        TypedData.DataOneofCase.String => RawJson.Of(JsonSerializer.Serialize(value.String)),
        _ => null,
    };
}
