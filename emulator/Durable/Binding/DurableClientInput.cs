using System.Text.Json;
using Tasklane.Emulator.Durable.Http;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Durable.Binding;

/// <summary>What a `[DurableClient]` parameter is made of: where the engine's gRPC service and management API are.</summary>
internal sealed class DurableClientInput(HostEnvironment environment, ManagementAddresses addresses, SettingNames names) : IInputKind
{
    private const string DefaultHub = "TestHubName";

    // Made anew when the key is: addresses that carry the old one open nothing.
    private volatile Tuple<string?, TypedData>? _made;

    public string Type => "durableClient";

    /// <summary>The task hub that host.json names.</summary>
    public string HubName => names.Resolve(environment.HostJson.Extension("durableTask")["hubName"] ?? DefaultHub);

    // The same for every binding and invocation: a hub that a binding names is this one, since there is no other here.
    public InputReader Bind(HostFunction function, FunctionBinding binding) => _ =>
    {
        var key = addresses.Key;
        if (_made is not { } made || made.Item1 != key)
            _made = made = Tuple.Create(key, Data(key));
        return new(made.Item2);
    };

    private TypedData Data(string? key) => new()
    {
        String = JsonSerializer.Serialize(new
        {
            rpcBaseUrl = environment.RpcAddress,
            taskHubName = HubName,
            connectionName = "",
            requiredQueryStringParameters = ManagementAddresses.QueryWith(key),
            httpBaseUrl = addresses.Webhook,
            maxGrpcMessageSizeInBytes = int.MaxValue,
            grpcHttpClientTimeout = (string?)null,
        }),
    };
}
