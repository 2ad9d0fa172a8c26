using System.Text.Json;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.SignalR;

/// <summary>`signalRConnectionInfo`: `{"url","accessToken"}` for a client.</summary>
internal sealed class SignalRConnectionInfoInput(BindingHub hubs, ConnectionInfos infos) : IInputKind
{
    private static readonly JsonSerializerOptions _wire = new(JsonSerializerDefaults.Web);

    public string Type => "signalRConnectionInfo";

    public InputReader Bind(HostFunction function, FunctionBinding binding)
    {
        var create = Creator(binding);
        return invocation => new(Json(create(invocation)));
    }

    /// <summary>Makes a connection info by a binding's properties.</summary>
    public Func<Invocation, ConnectionInfo> Creator(FunctionBinding binding)
    {
        var hub = hubs.Of(binding.Text("hubName"));
        var user = BindingExpression.Parse(binding.Text("userId"));
        var token = BindingExpression.Parse(binding.Text("idToken"));
        var claims = binding.Texts("claimTypeList");
        return invocation => infos.Create(
            hub, user?.Fill(invocation), ConnectionInfos.ClaimsOf(token?.Fill(invocation), claims), invocation.Http);
    }

    public static TypedData Json<T>(T value) => new() { Json = JsonSerializer.Serialize(value, _wire) };
}

/// <summary>`signalRNegotiation`: the same for each endpoint of the service, of which there is one here.</summary>
internal sealed class SignalRNegotiationInput(SignalRConnectionInfoInput infos, ConnectionInfos addresses) : IInputKind
{
    public string Type => "signalRNegotiation";

    public InputReader Bind(HostFunction function, FunctionBinding binding)
    {
        var create = infos.Creator(binding);
        return invocation => new(SignalRConnectionInfoInput.Json(new
        {
            endpoints = new[]
            {
                new
                {
                    endpointType = "Primary", name = "", endpoint = addresses.Endpoint(invocation.Http), online = true,
                    connectionInfo = create(invocation),
                },
            },
        }));
    }
}

/// <summary>`signalREndpoints`: the service's endpoints.</summary>
internal sealed class SignalREndpointsInput(ConnectionInfos addresses) : IInputKind
{
    public string Type => "signalREndpoints";

    public InputReader Bind(HostFunction function, FunctionBinding binding) => invocation => new(SignalRConnectionInfoInput.Json(new[]
    {
        new { endpointType = "Primary", name = "", endpoint = addresses.Endpoint(invocation.Http), online = true },
    }));
}
