using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.SignalR;

/// <summary>Carries out the actions a function returns.</summary>
internal sealed class SignalROutput(BindingHub hubs, HubActions actions) : IOutputBinding
{
    public bool Handles(OutputBindingAttribute attribute) => attribute is SignalROutputAttribute;

    public Func<object?, FunctionContext, ValueTask> Create(OutputBindingAttribute attribute)
    {
        var hub = hubs.Of(((SignalROutputAttribute)attribute).HubName);
        return (value, _) =>
        {
            actions.Apply(hub, value);
            return ValueTask.CompletedTask;
        };
    }
}
