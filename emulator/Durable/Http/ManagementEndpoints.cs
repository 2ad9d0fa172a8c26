using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Tasklane.Emulator.Durable.Http;

/// <summary>The Durable extension's management API: paths, status codes and bodies as its HTTP API reference has them.</summary>
internal sealed class ManagementEndpoints(DurableRoom durable, ManagementAddresses addresses) : IHostEndpoints
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        var reading = new InstanceReading(durable);
        var control = new InstanceControl(durable);
        var starts = new InstanceStarts(durable, reading, addresses);
        var entities = new EntityRequests(durable);

        var api = endpoints.MapGroup(ManagementAddresses.Path);
        api.MapGet("/instances", ManagementErrors.Told(reading.ListAsync));
        api.MapDelete("/instances", ManagementErrors.Told(reading.PurgeManyAsync));
        api.MapGet("/instances/{instanceId}", ManagementErrors.Told(reading.GetAsync));
        api.MapDelete("/instances/{instanceId}", ManagementErrors.Told(reading.PurgeAsync));

        api.MapPost("/instances/{instanceId}/terminate", ManagementErrors.Told(control.TerminateAsync));
        api.MapPost("/instances/{instanceId}/suspend", ManagementErrors.Told(control.SuspendAsync));
        api.MapPost("/instances/{instanceId}/resume", ManagementErrors.Told(control.ResumeAsync));
        api.MapPost("/instances/{instanceId}/raiseEvent/{eventName}", ManagementErrors.Told(control.RaiseEventAsync));
        api.MapPost("/instances/{instanceId}/rewind", ManagementErrors.Told(control.RewindAsync));

        api.MapPost("/instances/{instanceId}/restart", ManagementErrors.Told(starts.RestartAsync));
        api.MapPost("/orchestrators/{functionName}/{instanceId?}", ManagementErrors.Told(starts.StartAsync));

        api.MapGet("/entities/{entityName?}", ManagementErrors.Told(entities.ListAsync));
        api.MapGet("/entities/{entityName}/{entityKey}", ManagementErrors.Told(entities.GetAsync));
        api.MapPost("/entities/{entityName}/{entityKey?}", ManagementErrors.Told(entities.SignalAsync));
        api.MapDelete("/entities/{entityName}/{entityKey?}", ManagementErrors.Told(entities.DeleteAsync));
    }
}
