using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace Tasklane.Emulator.Durable.Http;

/// <summary>Reads, lists and signals entities.</summary>
internal sealed class EntityRequests(DurableRoom durable)
{
    /// <summary>Stands for the empty key, which a path cannot hold.</summary>
    private const string EmptyKey = "$";

    private DurableEntityClient Entities => durable.Client.Entities;

    /// <returns>The entity's state, as it is.</returns>
    public Task GetAsync(HttpContext http) => WithEntityAsync(http, async id =>
    {
        var entity = await Entities.GetEntityAsync(id, includeState: true, http.RequestAborted);
        await (entity is { IncludesState: true }
            ? ManagementJson.WriteAsync(http, 200, ManagementJson.Payload(entity.State.Value))
            : ManagementJson.WriteStatusAsync(http, 404));
    });

    public async Task ListAsync(HttpContext http)
    {
        var name = ManagementQuery.Route(http, "entityName");
        var withState = ManagementQuery.Flag(http, "fetchState");
        var query = new EntityQuery
        {
            InstanceIdStartsWith = name is null ? null : $"@{name}@",
            LastModifiedFrom = ManagementQuery.Time(http, "lastOperationTimeFrom"),
            LastModifiedTo = ManagementQuery.Time(http, "lastOperationTimeTo"),
            IncludeState = withState,
            PageSize = ManagementQuery.Number(http, "top") ?? EntityQuery.DefaultPageSize,
            ContinuationToken = ManagementQuery.Continuation(http),
        };

        var page = await Entities.GetAllEntitiesAsync(query).AsPages(query.ContinuationToken, query.PageSize)
            .FirstAsync(http.RequestAborted);
        if (page.ContinuationToken is { } next)
            http.Response.Headers[ManagementJson.ContinuationHeader] = next;
        await ManagementJson.WriteAsync(http, 200, page.Values.Select(entity => new
        {
            EntityId = new { entity.Id.Key, entity.Id.Name },
            LastOperationTime = entity.LastModifiedTime.UtcDateTime,
            State = entity.IncludesState ? ManagementJson.Payload(entity.State.Value) : null,
        }).ToArray());
    }

    /// <summary>JSON is handed on as it is; anything else as text.</summary>
    public Task SignalAsync(HttpContext http) => WithEntityAsync(http, async id =>
    {
        if (ManagementQuery.Text(http, "op") is not { Length: > 0 } operation)
        {
            await ManagementJson.WriteErrorAsync(http, 400, "The query parameter 'op', which names the operation, is missing.");
            return;
        }

        object? input = null;
        var text = await ManagementJson.ReadTextAsync(http);
        if (text.Length > 0)
        {
            try
            {
                var isJson = http.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true;
                input = isJson ? JsonSerializer.Deserialize<JsonElement>(text) : text;
            }
            catch (JsonException failure)
            {
                await ManagementJson.WriteErrorAsync(http, 400, $"Could not parse JSON content: {failure.Message}");
                return;
            }
        }

        await Entities.SignalEntityAsync(id, operation, input, null, http.RequestAborted);
        await ManagementJson.WriteStatusAsync(http, 202);
    });

    public Task DeleteAsync(HttpContext http) => WithEntityAsync(http, async id =>
    {
        await Entities.SignalEntityAsync(id, "delete", http.RequestAborted);
        await ManagementJson.WriteStatusAsync(http, 202);
    });

    private static async Task WithEntityAsync(HttpContext http, Func<EntityInstanceId, Task> act)
    {
        EntityInstanceId id;
        try
        {
            var key = ManagementQuery.Route(http, "entityKey");
            id = new EntityInstanceId(ManagementQuery.Route(http, "entityName")!, key is null or EmptyKey ? string.Empty : key);
        }
        catch (ArgumentException wrong)
        {
            await ManagementJson.WriteErrorAsync(http, 400, wrong.Message);
            return;
        }

        await act(id);
    }
}
