using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable.Http;

public sealed class EntityApiTests(ManagementApp app) : IClassFixture<ManagementApp>
{
    private readonly string key = Guid.NewGuid().ToString("N");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Signal_changes_the_state_that_get_answers()
    {
        await SignalAsync("add", 5);
        await SignalAsync("Add", 2);

        Assert.Equal("""{"Total":7}""", await StateAsync(state => state == """{"Total":7}"""));
    }

    [Fact]
    public async Task List_shows_the_entities_of_a_name()
    {
        await SignalAsync("add", 5);
        await StateAsync(state => state is not null);

        var entities = await app.Http.GetFromJsonAsync<JsonElement[]>("entities/durablecounter?fetchState=true", Token);

        var entity = Assert.Single(entities!, item => item.GetProperty("entityId").GetProperty("key").GetString() == key);
        Assert.Equal("durablecounter", entity.GetProperty("entityId").GetProperty("name").GetString());
        Assert.Equal(5, entity.GetProperty("state").GetProperty("Total").GetInt32());
        Assert.Empty((await app.Http.GetFromJsonAsync<JsonElement[]>("entities/nothing", Token))!);
    }

    [Fact]
    public async Task Delete_removes_the_state()
    {
        await SignalAsync("add", 5);
        await StateAsync(state => state is not null);

        using var response = await app.Http.DeleteAsync($"entities/DurableCounter/{key}", Token);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Null(await StateAsync(state => state is null));
    }

    [Fact]
    public async Task Entity_without_state_is_404() =>
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.GetAsync($"entities/DurableCounter/{key}", Token)).StatusCode);

    [Theory]
    [InlineData("entities/a@b/c", "1")]
    [InlineData("entities/durablecounter/c?op=add", "{")]
    public async Task Signal_that_makes_no_sense_is_400(string path, string body)
    {
        using var content = new StringContent(body, null, "application/json");

        Assert.Equal(HttpStatusCode.BadRequest, (await app.Http.PostAsync(path, content, Token)).StatusCode);
    }

    private async Task SignalAsync(string operation, int input)
    {
        using var response = await app.Http.PostAsJsonAsync($"entities/DurableCounter/{key}?op={operation}", input, Token);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    /// <summary>Signals are one-way, so their effect is asked for until it is there.</summary>
    private async Task<string?> StateAsync(Func<string?, bool> until)
    {
        while (true)
        {
            using var response = await app.Http.GetAsync($"entities/DurableCounter/{key}", Token);
            var state = response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsStringAsync(Token) : null;
            if (until(state))
                return state;
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Token);
        }
    }
}
