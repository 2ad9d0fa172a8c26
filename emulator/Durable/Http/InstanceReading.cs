using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.DurableTask.Client;

namespace Tasklane.Emulator.Durable.Http;

/// <summary>Shows, lists and purges instances.</summary>
internal sealed class InstanceReading(DurableRoom durable)
{
    private DurableTaskClient Client => durable.Client;

    /// <summary>202 while open, with where and when to ask again; then 200, or for a failure 500 if that is wanted.</summary>
    public Task GetAsync(HttpContext http) => WriteInstanceAsync(
        http, ManagementQuery.InstanceId(http), ManagementQuery.Flag(http, "returnInternalServerErrorOnFailure"));

    public async Task WriteInstanceAsync(HttpContext http, string instanceId, bool failureIs500)
    {
        if (await Client.GetInstanceAsync(instanceId, getInputsAndOutputs: true, http.RequestAborted) is not { } instance)
        {
            await ManagementJson.WriteStatusAsync(http, 404);
            return;
        }

        var status = instance.RuntimeStatus switch
        {
            _ when !instance.IsCompleted => 202,
            OrchestrationRuntimeStatus.Failed when failureIs500 => 500,
            _ => 200,
        };
        if (status == 202)
        {
            http.Response.Headers.Location = http.Request.GetEncodedUrl();
            http.Response.Headers.RetryAfter = "5";
        }

        var events = ManagementQuery.Flag(http, "showHistory")
            ? HistoryJson.Write(durable.Engine.Queries.History(instanceId) ?? [], ManagementQuery.Flag(http, "showHistoryOutput"))
            : null;
        await ManagementJson.WriteAsync(
            http, status, ManagementJson.Instance(instance, ManagementQuery.Flag(http, "showInput", otherwise: true), events));
    }

    public async Task ListAsync(HttpContext http)
    {
        var query = new OrchestrationQuery(
            ManagementQuery.Time(http, "createdTimeFrom"),
            ManagementQuery.Time(http, "createdTimeTo"),
            ManagementQuery.Statuses(http),
            InstanceIdPrefix: ManagementQuery.Text(http, "instanceIdPrefix"),
            PageSize: ManagementQuery.Number(http, "top") ?? OrchestrationQuery.DefaultPageSize,
            FetchInputsAndOutputs: true,
            ContinuationToken: ManagementQuery.Continuation(http));
        var showInput = ManagementQuery.Flag(http, "showInput", otherwise: true);

        var page = await Client.GetAllInstancesAsync(query).AsPages(query.ContinuationToken, query.PageSize)
            .FirstAsync(http.RequestAborted);
        if (page.ContinuationToken is { } next)
            http.Response.Headers[ManagementJson.ContinuationHeader] = next;
        await ManagementJson.WriteAsync(
            http, 200, page.Values.Select(instance => ManagementJson.Instance(instance, showInput)).ToArray());
    }

    public async Task PurgeAsync(HttpContext http)
    {
        var instanceId = ManagementQuery.InstanceId(http);

        // Entities can be purged whatever they do; they have no end.
        if (!instanceId.StartsWith('@'))
        {
            var instance = await Client.GetInstanceAsync(instanceId, http.RequestAborted);
            if (instance is not { IsCompleted: true })
            {
                await (instance is null
                    ? ManagementJson.WriteStatusAsync(http, 404)
                    : ManagementJson.WriteAsync(
                        http,
                        412,
                        "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID "
                        + $"{instanceId} has status {instance.RuntimeStatus}"));
                return;
            }
        }

        await WritePurgedAsync(http, await Client.PurgeInstanceAsync(instanceId, http.RequestAborted));
    }

    public async Task PurgeManyAsync(HttpContext http)
    {
        if (ManagementQuery.Time(http, "createdTimeFrom") is not { } from)
        {
            await ManagementJson.WriteAsync(http, 400, "Please provide value for 'createdTimeFrom' parameter.");
            return;
        }

        var to = ManagementQuery.Time(http, "createdTimeTo") ?? durable.Engine.Time.GetUtcNow();
        var purged = await Client.PurgeInstancesAsync(from, to, ManagementQuery.Statuses(http), http.RequestAborted);
        await (purged.PurgedInstanceCount == 0 ? ManagementJson.WriteStatusAsync(http, 404) : WritePurgedAsync(http, purged));
    }

    private static Task WritePurgedAsync(HttpContext http, PurgeResult purged) =>
        ManagementJson.WriteAsync(http, 200, new { InstancesDeleted = purged.PurgedInstanceCount });
}
