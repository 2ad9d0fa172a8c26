using System.Net.Http.Json;
using System.Text.Json;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Crash;

/// <summary>
/// Two processes with names and orchestrations of their own on one hub. One is stopped (SIGSTOP) for longer than its leases last, so that
/// the other takes its task over, and comes back: the task has one end, no attempt works twice, and neither process keeps an
/// orchestration of it open.
/// </summary>
public sealed class PauseTests(SharedRedis redis)
{
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_worker_that_comes_back_from_the_dead_is_heard_or_refused(int failures)
    {
        using var data = new TempDirectory();
        var hub = SharedRedis.NewHub();
        await using var first = await StartAsync("first", data, hub);
        await using var second = await StartAsync("second", data, hub);
        using var alice = await SignIns.AsAsync(first.Url, "alice");
        using var bob = await SignIns.AsAsync(second.Url, "alice");
        using var answer = await alice.PostAsJsonAsync(
            "/api/tasks",
            new
            {
                type = "sleep",
                payload = new { seconds = 3, failTimes = failures },
                maxRetries = 3,
                backoff = new { kind = "fixed", delaySeconds = 0.5 },
            });
        answer.EnsureSuccessStatusCode();
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        await UntilAsync(async () => (await TaskAsync(alice, id)).TryGetProperty("attempt", out var attempt) && attempt.GetInt32() == 1, "The first process runs it.");

        first.Pause();
        try
        {
            await UntilAsync(async () => (await TaskAsync(bob, id)).GetProperty("attempt").GetInt32() > 1, "The second process takes it over.");
        }
        finally
        {
            first.Resume();
        }

        await UntilAsync(async () => Status(await TaskAsync(bob, id)) == "completed", "The task ends.");
        var ended = await TaskAsync(alice, id);
        // The attempt that was taken over failed nowhere.
        Assert.Equal(Math.Max(0, failures - 1), ended.GetProperty("retryCount").GetInt32());
        foreach (var http in new[] { alice, bob })
            await UntilAsync(async () => await OpenAsync(http, id) == 0, "No orchestration of it is open.");
        var lines = await File.ReadAllLinesAsync(Path.Combine(data.Path, "effects.log"));
        Assert.Equal(lines.Distinct(), lines);
    }

    private async Task<AppProcess> StartAsync(string name, TempDirectory data, string hub) => await AppProcess.StartAsync(
        Path.Combine(data.Path, name),
        new Dictionary<string, string?>
        {
            ["Tasklane__Store"] = "redis",
            ["Tasklane__Redis"] = await redis.ConnectionStringAsync(),
            ["Tasklane__Hub"] = hub,
            ["Tasklane__Worker"] = name,
            ["Tasklane__LeaseSeconds"] = "2",
            ["Tasklane__HeartbeatSeconds"] = "0.5",
            ["Tasklane__GrantSeconds"] = "2",
            ["Tasklane__Trials__EffectsFile"] = Path.Combine(data.Path, "effects.log"),
        });

    private static string Status(JsonElement task) => task.GetProperty("status").GetString()!;

    private static Task<JsonElement> TaskAsync(HttpClient http, string id) => http.GetFromJsonAsync<JsonElement>($"/api/tasks/{id}");

    private static async Task<int> OpenAsync(HttpClient http, string id) =>
        (await http.GetFromJsonAsync<JsonElement>($"/runtime/webhooks/durabletask/instances?instanceIdPrefix={id}&runtimeStatus=Running,Pending&top=10"))
            .EnumerateArray().Count();

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60), $"Not within a minute: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
