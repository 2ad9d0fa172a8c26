using System.Text.Json.Nodes;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

public sealed class ListTests(AppFixture app) : AppTests(app)
{
    [Fact]
    public async Task Pages_are_newest_first_and_say_how_many_there_are()
    {
        var ada = await SignInAsync();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Insert(0, (await ada.CreateAsync("noop", new { i }, new { delaySeconds = 1000 })).Id());

        var second = await ada.GetJsonAsync("/api/tasks?page=2&pageSize=2");
        var beyond = await ada.GetJsonAsync("/api/tasks?page=9&pageSize=2");

        Assert.Equal(ids[2..4], Ids(second));
        Assert.Equal((5, 2, 2), (second["total"]!.GetValue<int>(), second["page"]!.GetValue<int>(), second["pageSize"]!.GetValue<int>()));
        Assert.Empty(Ids(beyond));
        Assert.Equal(5, beyond["total"]!.GetValue<int>());
    }

    [Fact]
    public async Task Filters_narrow_and_combine()
    {
        var ada = await SignInAsync();
        var low = (await ada.CreateAsync("noop", new { who = "Grace Hopper" }, new { delaySeconds = 1000, priority = "low", tags = new[] { "red", "日报" } })).Id();
        var high = (await ada.CreateAsync("noop", new { }, new { delaySeconds = 1000, priority = "high", tags = new[] { "red" } })).Id();
        var sleep = (await ada.CreateAsync("sleep", new { seconds = 0 })).Id();
        await ada.EndAsync(sleep);

        async Task<IEnumerable<string>> Find(string query) => Ids(await ada.GetJsonAsync($"/api/tasks?{query}"));
        Assert.Equal([sleep], await Find("status=completed"));
        Assert.Equal([sleep], await Find("type=sleep"));
        Assert.Equal([high], await Find("priority=high"));
        Assert.Equal([high, low], await Find("tag=red"));
        Assert.Equal([low], await Find("tag=%E6%97%A5%E6%8A%A5"));
        Assert.Equal([low], await Find("tag=red&priority=low&status=pending&type=noop"));
        Assert.Equal([low], await Find("q=hopp"));
        Assert.Equal([high], await Find($"q={high}"));
        Assert.Empty(await Find("q=hopp&priority=high"));
        Assert.Empty(await Find("type=retired_type"));
    }

    private static IEnumerable<string> Ids(JsonNode page) => page["tasks"]!.AsArray().Select(task => task!.Id());
}
