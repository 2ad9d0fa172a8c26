using System.Text.Json;
using Tasklane.Emulator.Durable.Http;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Durable.Binding;

/// <summary>What a `[DurableClient]` parameter is made of: where the engine's gRPC service and management API are.</summary>
internal sealed class DurableClientInput(HostEnvironment environment, ManagementAddresses addresses, SettingNames names) : IInputKind
{
    private const string DefaultHub = "TestHubName";

    private TypedData? _data;

    public string Type => "durableClient";

    /// <summary>The task hub that host.json names.</summary>
    public string HubName => names.Resolve(environment.HostJson.Extension("durableTask")["hubName"] ?? DefaultHub);

    // The same for every binding and invocation: a hub that a binding names is this one, since there is no other here.
    public InputReader Bind(HostFunction function, FunctionBinding binding) => _ => new(_data ??= new TypedData
    {
        String = JsonSerializer.Serialize(new
        {
            rpcBaseUrl = environment.RpcAddress,
            taskHubName = HubName,
            connectionName = "",
            requiredQueryStringParameters = "",
            httpBaseUrl = addresses.Webhook,
            maxGrpcMessageSizeInBytes = int.MaxValue,
            grpcHttpClientTimeout = (string?)null,
        }),
    });
}
