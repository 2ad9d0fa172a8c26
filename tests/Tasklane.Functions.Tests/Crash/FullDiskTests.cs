using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Crash;

/// <summary>The app with all of its data on a file system that is really full.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task What_is_accepted_runs_the_rest_is_503_and_ready_says_so_until_there_is_room()
    {
        using var disk = SmallDisk.TryMount(megabytes: 24);
        Assert.SkipWhen(disk is null, "A file system can be mounted by root only.");
        await using var app = await AppProcess.StartAsync(Path.Combine(disk.Path, "data"));
        using var http = await SignIns.AsAsync(app.Url, "alice");
        var accepted = new List<string>();
        Assert.Equal(HttpStatusCode.Accepted, await CreateAsync(http, accepted));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "/api/health/ready"));

        disk.Fill();
        await UntilAsync(async () => await CreateAsync(http, accepted) == HttpStatusCode.ServiceUnavailable, "A create is refused.");
        await UntilAsync(async () => await StatusAsync(http, "/api/health/ready") == HttpStatusCode.ServiceUnavailable, "Ready says so.");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "/api/health/live"));

        disk.Free();
        await UntilAsync(async () => await StatusAsync(http, "/api/health/ready") == HttpStatusCode.OK, "Ready again.");
        await UntilAsync(async () => await CreateAsync(http, accepted) == HttpStatusCode.Accepted, "A create is taken.");
        foreach (var id in accepted)
            await UntilAsync(async () => await TaskStatusAsync(http, id) == "completed", $"The accepted task {id} runs.");
    }

    private static async Task<HttpStatusCode> CreateAsync(HttpClient http, List<string> accepted)
    {
        using var answer = await http.PostAsJsonAsync("/api/tasks", new { type = "noop", payload = new { } });
        if (answer.StatusCode == HttpStatusCode.Accepted)
            accepted.Add((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!);
        return answer.StatusCode;
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string path)
    {
        using var answer = await http.GetAsync(path);
        return answer.StatusCode;
    }

    private static async Task<string?> TaskStatusAsync(HttpClient http, string id)
    {
        using var answer = await http.GetAsync($"/api/tasks/{id}");
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString() : null;
    }

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
