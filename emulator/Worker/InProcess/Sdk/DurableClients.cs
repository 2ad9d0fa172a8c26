using System.Collections;
using System.Reflection;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Grpc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tasklane.Emulator.Durable;
using Tasklane.Emulator.Durable.Binding;

namespace Tasklane.Emulator.Worker.InProcess.Sdk;

/// <summary>
/// Puts a client that stays in this process into the app's cache of Durable clients (`FunctionsDurableClientProvider.clients`), under the
/// key that the binding's data leads to. A call over gRPC costs ten times as much.
/// </summary>
internal sealed class DurableClients(DurableRoom room, HostEnvironment environment, DurableClientInput binding, ILogger<DurableClients> log)
    : IAppConnected
{
    private const string AssemblyName = "Microsoft.Azure.Functions.Worker.Extensions.DurableTask";
    private const string Provider = AssemblyName + ".FunctionsDurableClientProvider";
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    public void Connected(IServiceProvider app)
    {
        var extension = AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(assembly => assembly.GetName().Name == AssemblyName);
        if (extension?.GetType(Provider) is not { } type || app.GetService(type) is not { } provider)
            return;
        try
        {
            Put(app, extension, type, provider);
        }
        catch (Exception e) when (e is MissingMemberException or InvalidCastException or TargetInvocationException or MissingMethodException)
        {
            log.LogWarning(
                "{Assembly} {Version} does not have what its client needs to stay in this process ({Reason}); it goes over gRPC, which works and is slower.",
                AssemblyName, extension.GetName().Version, e.Message);
        }
    }

    private void Put(IServiceProvider app, Assembly extension, Type type, object provider)
    {
        var keyType = Nested("ClientKey");
        var holderType = Nested("ClientHolder");
        var purgeType = extension.GetType(AssemblyName + ".FunctionsLargePayloadPurgeClient") ?? throw Missing("FunctionsLargePayloadPurgeClient");
        var clients = type.GetField("clients", Any)?.GetValue(provider) as IDictionary ?? throw Missing("FunctionsDurableClientProvider.clients");

        var options = app.GetService<IOptions<DurableTaskClientOptions>>()?.Value ?? new DurableTaskClientOptions();
        CallInvoker invoker = room.Invoker;
        var client = new GrpcDurableTaskClient(
            binding.HubName,
            new GrpcDurableTaskClientOptions
            {
                CallInvoker = invoker,
                DataConverter = options.DataConverter,
                EnableEntitySupport = options.EnableEntitySupport,
            },
            app.GetRequiredService<ILoggerFactory>().CreateLogger<GrpcDurableTaskClient>());
        var purge = Activator.CreateInstance(purgeType, Any, null, [invoker], null);

        // Never used, and never connected; the holder closes it at the end.
        var channel = GrpcChannel.ForAddress(environment.RpcAddress!);
        var key = Activator.CreateInstance(keyType, Any, null, [environment.RpcAddress, binding.HubName, ""], null)!;
        clients[key] = Activator.CreateInstance(holderType, Any, null, [client, channel, purge], null);

        Type Nested(string name) => type.GetNestedType(name, BindingFlags.NonPublic) ?? throw Missing(name);
    }

    private static MissingMemberException Missing(string what) => new($"there is no {what}");
}
