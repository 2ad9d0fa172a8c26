using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable.Http;

public sealed class ListAndPurgeApiTests(ManagementApp app) : IClassFixture<ManagementApp>
{
    private const string Continuation = "x-ms-continuation-token";

    private readonly string prefix = $"{Guid.NewGuid():N}-";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task List_is_paged_by_the_continuation_header()
    {
        for (var i = 0; i < 5; i++)
            await app.RunAsync("Double", i, $"{prefix}{i}");

        var seen = new List<string>();
        string? next = null;
        var pages = 0;
        do
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"instances?instanceIdPrefix={prefix}&top=2");
            if (next is not null)
                request.Headers.Add(Continuation, next);
            using var response = await app.Http.SendAsync(request, Token);
            var items = await response.Content.ReadFromJsonAsync<JsonElement[]>(Token);
            Assert.InRange(items!.Length, 0, 2);
            seen.AddRange(items.Select(item => item.GetProperty("instanceId").GetString()!));
            next = response.Headers.TryGetValues(Continuation, out var values) ? values.Single() : null;
            pages++;
        }
        while (next is not null && pages < 10);

        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"{prefix}{i}"), seen.Order());
    }

    [Fact]
    public async Task List_is_filtered_by_status_and_time()
    {
        await app.RunAsync("Double", 1, $"{prefix}done");
        await app.RunAsync("Fail", null, $"{prefix}failed");
        await app.StartWaitingAsync($"{prefix}open");

        Assert.Equal([$"{prefix}done", $"{prefix}failed"], await ListAsync("runtimeStatus=Completed,Failed"));
        Assert.Equal([$"{prefix}open"], await ListAsync("runtimeStatus=Running"));
        Assert.Equal(3, (await ListAsync("createdTimeFrom=2020-01-01T00:00:00Z")).Length);
        Assert.Empty(await ListAsync("createdTimeTo=2020-01-01T00:00:00Z"));
    }

    [Fact]
    public async Task Purge_of_an_open_instance_is_412()
    {
        var id = await app.StartWaitingAsync();

        using var response = await app.Http.DeleteAsync($"instances/{id}", Token);

        Assert.Equal(HttpStatusCode.PreconditionFailed, response.StatusCode);
        Assert.Contains("has status Running", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Purge_of_an_ended_instance_removes_it()
    {
        var id = await app.RunAsync("Double", 1);

        using var response = await app.Http.DeleteAsync($"instances/{id}", Token);

        Assert.Equal("""{"instancesDeleted":1}""", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.GetAsync($"instances/{id}", Token)).StatusCode);
    }

    [Fact]
    public async Task Purge_by_time_takes_ended_instances_only()
    {
        var from = DateTimeOffset.Parse("2001-01-01T00:00:00Z", CultureInfo.InvariantCulture);
        var ended = await app.RunAsync("Double", 1);
        var open = await app.StartWaitingAsync();

        using var purged = await app.Http.DeleteAsync($"instances?createdTimeFrom={from:yyyy-MM-ddTHH:mm:ssZ}", Token);
        using var again = await app.Http.DeleteAsync($"instances?createdTimeFrom={from:yyyy-MM-ddTHH:mm:ssZ}", Token);

        Assert.Equal(HttpStatusCode.OK, purged.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        Assert.Null(await app.Client.GetInstanceAsync(ended, Token));
        Assert.NotNull(await app.Client.GetInstanceAsync(open, Token));
    }

    [Fact]
    public async Task Purge_without_a_time_is_400() =>
        Assert.Equal(HttpStatusCode.BadRequest, (await app.Http.DeleteAsync("instances", Token)).StatusCode);

    private async Task<string[]> ListAsync(string filter)
    {
        var items = await app.Http.GetFromJsonAsync<JsonElement[]>($"instances?instanceIdPrefix={prefix}&{filter}", Token);
        return [.. items!.Select(item => item.GetProperty("instanceId").GetString()!).Order()];
    }
}
