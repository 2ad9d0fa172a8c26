using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Grpc;
using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Emulator.Durable;
using Tasklane.Emulator.Durable.Rpc;

namespace Tasklane.Durable.Victim;

/// <summary>The SDK's own client for an engine in the same process.</summary>
internal static class EngineClients
{
    public static DurableTaskClient Of(DurableEngine engine) => new GrpcDurableTaskClient(
        "tests",
        new GrpcDurableTaskClientOptions
        {
            CallInvoker = new InProcessCallInvoker(new SidecarService(() => engine.Hub, new PortableWorkers(new WorkerNames()), executor: null)),
            EnableEntitySupport = true,
        },
        NullLogger<GrpcDurableTaskClient>.Instance);
}
