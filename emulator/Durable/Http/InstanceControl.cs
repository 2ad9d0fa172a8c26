using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;

namespace Tasklane.Emulator.Durable.Http;

/// <summary>Steers running instances. Unknown: 404; already ended: 410.</summary>
internal sealed class InstanceControl(DurableRoom durable)
{
    private DurableTaskClient Client => durable.Client;

    public Task TerminateAsync(HttpContext http) => IfOpenAsync(http, (id, reason) =>
        Client.TerminateInstanceAsync(id, (object?)reason, http.RequestAborted));

    public Task SuspendAsync(HttpContext http) => IfOpenAsync(http, (id, reason) =>
        Client.SuspendInstanceAsync(id, reason, http.RequestAborted));

    public Task ResumeAsync(HttpContext http) => IfOpenAsync(http, (id, reason) =>
        Client.ResumeInstanceAsync(id, reason, http.RequestAborted));

    /// <summary>The payload is the JSON body.</summary>
    public async Task RaiseEventAsync(HttpContext http)
    {
        if (!await IsOpenAsync(http))
            return;
        if (!IsJson(http.Request))
        {
            await ManagementJson.WriteErrorAsync(http, 400, "Only application/json request content is supported");
            return;
        }

        JsonElement? payload;
        try
        {
            payload = await ManagementJson.ReadBodyAsync(http);
        }
        catch (JsonException)
        {
            await ManagementJson.WriteErrorAsync(http, 400, "Invalid JSON content");
            return;
        }

        var name = ManagementQuery.Route(http, "eventName")!;
        await Client.RaiseEventAsync(ManagementQuery.InstanceId(http), name, payload, http.RequestAborted);
        await ManagementJson.WriteStatusAsync(http, 202);
    }

    /// <summary>Only a failed instance can be rewound; another one is 412.</summary>
    public async Task RewindAsync(HttpContext http)
    {
        var instanceId = ManagementQuery.InstanceId(http);
        if (await Client.GetInstanceAsync(instanceId, http.RequestAborted) is not { } instance)
        {
            await ManagementJson.WriteStatusAsync(http, 404);
            return;
        }

        if (instance.RuntimeStatus != OrchestrationRuntimeStatus.Failed)
        {
            await ManagementJson.WriteErrorAsync(
                http, 412, $"Only failed orchestrations can be rewound, but the orchestration with instance ID {instanceId} has status {instance.RuntimeStatus}");
            return;
        }

        await Client.RewindInstanceAsync(instanceId, ManagementQuery.Text(http, "reason") ?? "", http.RequestAborted);
        await ManagementJson.WriteStatusAsync(http, 202);
    }

    private static bool IsJson(HttpRequest request) =>
        (request.ContentType ?? string.Empty).Split(';')[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase);

    private async Task IfOpenAsync(HttpContext http, Func<string, string?, Task> act)
    {
        if (!await IsOpenAsync(http))
            return;
        await act(ManagementQuery.InstanceId(http), ManagementQuery.Text(http, "reason"));
        await ManagementJson.WriteStatusAsync(http, 202);
    }

    private async Task<bool> IsOpenAsync(HttpContext http)
    {
        var instance = await Client.GetInstanceAsync(ManagementQuery.InstanceId(http), http.RequestAborted);
        if (instance is { IsCompleted: false })
            return true;
        await ManagementJson.WriteStatusAsync(http, instance is null ? 404 : 410);
        return false;
    }
}
