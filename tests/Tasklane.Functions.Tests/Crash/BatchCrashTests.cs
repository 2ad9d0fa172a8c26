using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Crash;

/// <summary>
/// A batch whose process is killed three times: while it makes its children, while they run, and again. Each payload has one child in the
/// end, each child has completed, and the batch tells so. As many children as TASKLANE_BATCH_CHILDREN says (200 unless told; 10,000 in a soak).
/// </summary>
public abstract class BatchCrashes
{
    private static readonly int _children = int.Parse(Environment.GetEnvironmentVariable("TASKLANE_BATCH_CHILDREN") ?? "200", CultureInfo.InvariantCulture);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60 + (_children / 20));

    /// <summary>The store's settings.</summary>
    protected abstract Task<Dictionary<string, string?>> StoreAsync(string data);

    [Fact]
    public async Task A_batch_survives_three_kills_with_each_child_made_once()
    {
        using var data = new TempDirectory();
        await using var app = await AppProcess.StartAsync(data.Path, await StoreAsync(data.Path));
        using var http = await SignIns.AsAsync(app.Url, "alice");
        using var answer = await http.PostAsJsonAsync("/api/tasks", new { type = "batch_process", payload = new { type = "noop", payloads = Enumerable.Range(0, _children).Select(n => new { n }) } });
        var id = (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;

        // So many of its children exist, or have ended, when the process is killed.
        foreach (var (field, least) in new[] { ("total", _children / 10), ("completed", _children / 4), ("completed", _children * 3 / 4) })
        {
            using (var user = await SignIns.AsAsync(app.Url, "alice"))
                await UntilAsync(user, $"/api/tasks/{id}/children", counts => counts.GetProperty(field).GetInt32() >= least);
            await app.KillAsync();
            await app.RestartAsync();
        }

        using var last = await SignIns.AsAsync(app.Url, "alice");
        var ended = await UntilAsync(last, $"/api/tasks/{id}", task => task.GetProperty("status").GetString() is "completed" or "failed" or "cancelled");
        Assert.Equal("completed", ended.GetProperty("status").GetString());
        Assert.Equal($$"""{"total":{{_children}},"completed":{{_children}},"failed":0,"cancelled":0,"failures":[]}""", ended.GetProperty("result").GetRawText());
        var seen = new List<int>();
        for (var after = ""; after is not null;)
        {
            var page = await UntilAsync(last, $"/api/tasks?parent={id}&pageSize=200&after={after}", _ => true);
            seen.AddRange(page.GetProperty("tasks").EnumerateArray().Select(child => child.GetProperty("payload").GetProperty("n").GetInt32()));
            after = page.GetProperty("next").GetString();
        }
        Assert.Equal(Enumerable.Range(0, _children), seen.Order());
    }

    private static async Task<JsonElement> UntilAsync(HttpClient http, string path, Func<JsonElement, bool> wanted)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var answer = await http.GetAsync(path);
            var body = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode == HttpStatusCode.OK && JsonDocument.Parse(body).RootElement is var found && wanted(found))
                return found;
            Assert.True(TimeProvider.System.GetElapsedTime(began) < _patience, $"{path} stays {body}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}

public sealed class BatchCrashesOnSqlite : BatchCrashes
{
    protected override Task<Dictionary<string, string?>> StoreAsync(string data) =>
        Task.FromResult(new Dictionary<string, string?> { ["Tasklane__Sqlite"] = Path.Combine(data, "tasks.db") });
}

public sealed class BatchCrashesOnRedis(SharedRedis redis) : BatchCrashes
{
    protected override async Task<Dictionary<string, string?>> StoreAsync(string data) => new()
    {
        ["Tasklane__Store"] = "redis",
        ["Tasklane__Redis"] = await redis.ConnectionStringAsync(),
        ["Tasklane__Hub"] = SharedRedis.NewHub(),
    };
}
