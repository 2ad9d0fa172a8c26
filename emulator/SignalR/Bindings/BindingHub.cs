using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.SignalR;

/// <summary>The hub a binding attribute names; whichever connection setting it names too, there is one service here.</summary>
internal sealed class BindingHub(SignalRService service, SettingNames names)
{
    public Hub Of(string? attributeHubName)
    {
        var name = names.Resolve(attributeHubName ?? "");
        return HubName.IsValid(name)
            ? service.Hub(name)
            : throw new FunctionErrorException($"'{name}' is not the name of a hub. {HubName.Rule}");
    }
}
