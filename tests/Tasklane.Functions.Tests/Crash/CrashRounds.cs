using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Tasklane.Tasks;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Crash;

/// <summary>
/// kill -9 of the whole process while 200 mixed tasks wait, run, back off and are cancelled; then a restart on the same data.
/// The number of rounds comes from TASKLANE_CRASH_ROUNDS (1 unless told); every round is seeded, and names its seed when it fails.
/// </summary>
public abstract class CrashRounds
{
    private const int Tasks = 200;
    private const int Slots = 20;

    private static readonly int _rounds = int.Parse(Environment.GetEnvironmentVariable("TASKLANE_CRASH_ROUNDS") ?? "1");

    /// <summary>The store's settings.</summary>
    protected abstract Task<Dictionary<string, string?>> StoreAsync(string data);

    [Fact]
    public async Task Killed_at_random_moments_every_task_ends_once_and_right()
    {
        for (var round = 0; round < _rounds; round++)
        {
            var seed = (round * 7919) + GetType().Name.Length;
            try
            {
                await RoundAsync(seed);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Round {round} with seed {seed} failed: {failure.Message}", failure);
            }
        }
    }

    private async Task RoundAsync(int seed)
    {
        var random = new Random(seed);
        var data = Directory.CreateTempSubdirectory("tasklane-crash-").FullName;
        var effects = Path.Combine(data, "effects.log");
        var settings = await StoreAsync(data);
        settings["Tasklane__Lanes__MaxRunning"] = $"{Slots}";
        settings["Tasklane__Trials__EffectsFile"] = effects;
        await using var app = await AppProcess.StartAsync(data, settings);
        using var http = await SignIns.AsAsync(app.Url, "alice");

        // Everything below is asked for with an idempotency key, so that asking again after the crash changes nothing.
        var plans = Enumerable.Range(0, Tasks).Select(n => Plan.Make(n, random)).ToArray();
        var kill = KillAsync(app, TimeSpan.FromMilliseconds(random.Next(100, 1800)));
        await Parallel.ForEachAsync(plans, new ParallelOptions { MaxDegreeOfParallelism = 8 }, (plan, _) => TryAsync(http, plan));
        await kill;

        await app.RestartAsync();
        using var again = await SignIns.AsAsync(app.Url, "alice");
        foreach (var plan in plans)
        {
            await TryAsync(again, plan);
            Assert.NotNull(plan.Id);
        }

        // A second crash, in the middle of the recovery from the first.
        await KillAsync(app, TimeSpan.FromMilliseconds(random.Next(0, 1500)));
        await app.RestartAsync();
        using var last = await SignIns.AsAsync(app.Url, "alice");

        foreach (var plan in plans)
        {
            var task = await EndedAsync(last, plan.Id!);
            var answer = await ReadAsync(last, $"/api/tasks/{plan.Id}/events?after=0&limit=1000");
            plan.Check(task, [.. answer.GetProperty("events").EnumerateArray()]);
        }

        await CheckNothingIsOpenAsync(last);
        await CheckNothingIsHeldAsync(last);
        CheckEffects(effects, plans);
    }

    private static async Task<JsonElement> EndedAsync(HttpClient http, string id)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var task = await ReadAsync(http, $"/api/tasks/{id}");
            if (task.GetProperty("status").GetString() is "completed" or "failed" or "cancelled")
                return task;
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60), $"The task did not end: {task}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    /// <summary>Every task has ended, so its orchestrations must.</summary>
    private static async Task CheckNothingIsOpenAsync(HttpClient http)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await ReadAsync(http, "/runtime/webhooks/durabletask/instances?runtimeStatus=Running,Pending,Suspended&top=1000");
            string[] open = [.. answer.EnumerateArray().Select(one => one.GetProperty("instanceId").GetString()!).Where(id => TaskIds.TryParseInstance(id, out _, out _))];
            if (open.Length == 0)
                return;
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(20), $"Orchestrations of ended tasks are open: {string.Join(", ", open)}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    /// <summary>With every task ended no slot may be taken: as many sleepers as there are slots all run at once.</summary>
    private static async Task CheckNothingIsHeldAsync(HttpClient http)
    {
        var stats = await ReadAsync(http, "/api/v1/queue/stats");
        Assert.Equal(0, stats.GetProperty("running").GetInt64());
        Assert.All(stats.GetProperty("depth").EnumerateObject(), lane => Assert.Equal(0, lane.Value.GetInt64()));
        for (var n = 0; n < Slots; n++)
            (await PatientlyAsync(() => http.PostAsJsonAsync("/api/tasks", new { type = "sleep", payload = new { seconds = 60 } }))).EnsureSuccessStatusCode();
        var began = TimeProvider.System.GetTimestamp();
        while ((await ReadAsync(http, "/api/v1/queue/stats")).GetProperty("running").GetInt64() < Slots)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(10), "A slot stayed taken.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private static async Task<JsonElement> ReadAsync(HttpClient http, string path)
    {
        using var answer = await PatientlyAsync(() => http.GetAsync(path));
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>As any client of ours: 503 with Retry-After means to ask again. A starved machine makes a store late.</summary>
    private static async Task<HttpResponseMessage> PatientlyAsync(Func<Task<HttpResponseMessage>> ask)
    {
        for (var left = 10; ; left--)
        {
            var answer = await ask();
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || left == 0)
                return answer;
            await Task.Delay(answer.Headers.RetryAfter!.Delta!.Value, TimeProvider.System);
        }
    }

    /// <summary>Each line is "id attempt", written by the handler when its work is done: no attempt may have done it twice.</summary>
    private static void CheckEffects(string file, Plan[] plans)
    {
        var lines = File.Exists(file) ? File.ReadAllLines(file) : [];
        var twice = lines.GroupBy(line => line).Where(group => group.Count() > 1).Select(group => group.Key).ToArray();
        Assert.True(twice.Length == 0, $"Attempts that did their work twice: {string.Join(", ", twice)}");
        var worked = lines.Select(line => line.Split(' ')[0]).ToHashSet();
        Assert.All(plans.Where(plan => plan.Completed), plan => Assert.Contains(plan.Id!, worked));
    }

    private static async ValueTask TryAsync(HttpClient http, Plan plan)
    {
        try
        {
            if (plan.Id is null)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/api/tasks") { Content = JsonContent.Create(plan.Request) };
                request.Headers.Add("Idempotency-Key", plan.Key);
                using var answer = await http.SendAsync(request);
                Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
                plan.Id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
            }
            if (plan.Cancel && !plan.CancelAnswered)
            {
                using var answer = await http.PostAsync($"/api/tasks/{plan.Id}/cancel", null);
                Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Accepted or HttpStatusCode.Conflict, $"Cancel answered {answer.StatusCode}.");
                plan.CancelAnswered = true;
            }
        }
        catch (Exception dead) when (dead is HttpRequestException or IOException or System.Net.Sockets.SocketException)
        {
            // The process is dead; what was not acknowledged is asked for again.
        }
    }

    private static async Task KillAsync(AppProcess app, TimeSpan after)
    {
        await Task.Delay(after, TimeProvider.System);
        await app.KillAsync();
    }
}

public sealed class CrashRoundsOnSqlite : CrashRounds
{
    protected override Task<Dictionary<string, string?>> StoreAsync(string data) =>
        Task.FromResult(new Dictionary<string, string?> { ["Tasklane__Store"] = "sqlite", ["Tasklane__Sqlite"] = Path.Combine(data, "tasks.db") });
}

public sealed class CrashRoundsOnRedis(SharedRedis redis) : CrashRounds
{
    protected override async Task<Dictionary<string, string?>> StoreAsync(string data) => new()
    {
        ["Tasklane__Store"] = "redis",
        ["Tasklane__Redis"] = await redis.ConnectionStringAsync(),
        ["Tasklane__Hub"] = SharedRedis.NewHub(),
    };
}
