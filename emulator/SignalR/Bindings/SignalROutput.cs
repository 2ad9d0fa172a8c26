using System.Text.Json;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.SignalR;

/// <summary>Carries out the actions a function returns: message and group actions, one or an array.</summary>
internal sealed class SignalROutput(BindingHub hubs) : IOutputKind
{
    public string Type => "signalR";

    public OutputWriter Bind(HostFunction function, FunctionBinding binding)
    {
        var hub = hubs.Of(binding.Text("hubName"));
        return (value, _) =>
        {
            HubActions.Apply(hub, value.DataCase switch
            {
                TypedData.DataOneofCase.Json => value.Json,
                TypedData.DataOneofCase.String => value.String,
                TypedData.DataOneofCase.Bytes => value.Bytes.ToStringUtf8(),
                TypedData.DataOneofCase.CollectionString => $"[{string.Join(',', value.CollectionString.String)}]",
                _ => throw new ArgumentException($"A {value.DataCase} is no action of SignalR."),
            });
            return ValueTask.CompletedTask;
        };
    }
}
