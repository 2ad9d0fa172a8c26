using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Durable.Binding;
using Tasklane.Emulator.Durable.Http;
using Tasklane.Emulator.Durable.Inspection;
using Tasklane.Emulator.Durable.Rpc;
using Tasklane.Emulator.Inspector;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.InProcess;
using Tasklane.Emulator.Worker.InProcess.Sdk;

namespace Tasklane.Emulator.Durable;

/// <summary>What the durable room brings.</summary>
internal static class DurableServices
{
    public static IServiceCollection AddDurable(this IServiceCollection services) => services
        .AddSingleton<HttpActivity>()
        .AddSingleton<FunctionsExecutor>()
        .AddSingleton(provider => new PortableWorkers(new WorkerNames(
            Path.Combine(provider.GetRequiredService<HostEnvironment>().DataDirectory, "portable-workers.txt"))))
        .AddSingleton<CompositeExecutor>()
        .AddSingleton<DurableRoom>()
        .AddSingleton<IHostRoom>(provider => provider.GetRequiredService<DurableRoom>())
        .AddSingleton(provider => new SidecarService(
            () => provider.GetRequiredService<DurableRoom>().Engine.Hub,
            provider.GetRequiredService<PortableWorkers>(),
            provider.GetRequiredService<CompositeExecutor>()))
        .AddSingleton<ITriggerKind, OrchestrationTrigger>()
        .AddSingleton<ITriggerKind, ActivityTrigger>()
        .AddSingleton<ITriggerKind, EntityTrigger>()
        .AddSingleton<ManagementAddresses>()
        .AddSingleton<DurableClientInput>()
        .AddSingleton<IInputKind>(provider => provider.GetRequiredService<DurableClientInput>())
        .AddSingleton<IAppConnected, DurableClients>()
        .AddSingleton(ManagementAddresses.Extension)
        .AddSingleton<IHostEndpoints, ManagementEndpoints>()
        .AddSingleton<IInspectorSection, InstanceSection>()
        .AddSingleton<IInspectorSection, EntitySection>();
}
