using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Tests.Http;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Durable.Faults;

/// <summary>A host whose data lie on a file system that is really full, and then is not any more.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private const string Hub = "/runtime/webhooks/durabletask";
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private SmallDisk? _disk;
    private FunctionsTestHost? _host;
    private HttpClient _http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _disk = SmallDisk.TryMount(megabytes: 8);
        Assert.SkipWhen(_disk is null, "A file system can be mounted by root only.");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_host is not null)
            await _host.DisposeAsync();
        _disk?.Dispose();
    }

    [Fact]
    public async Task What_is_accepted_runs_the_rest_is_503_and_the_host_says_why_until_there_is_room()
    {
        await StartAsync();
        var accepted = new List<string>();
        Assert.Equal(HttpStatusCode.Accepted, await OrchestrateAsync("before", accepted));

        _disk!.Fill();
        await UntilAsync(async () => await OrchestrateAsync($"full-{accepted.Count}", accepted) == HttpStatusCode.ServiceUnavailable);
        await UntilAsync(async () => (await StatusAsync()).State == "Error");
        Assert.Contains("cannot be written", (await StatusAsync()).Errors, StringComparison.Ordinal);

        // It stays so: nothing is accepted as long as nothing can be written, and what is there can be read.
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await OrchestrateAsync("still-full", accepted));
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync($"{Hub}/instances?top=10", Token)).StatusCode);

        _disk.Free();
        await UntilAsync(async () => (await StatusAsync()).State == "Running");
        Assert.Equal(HttpStatusCode.Accepted, await OrchestrateAsync("after", accepted));
        foreach (var id in accepted)
        {
            var ended = await _host!.DurableTaskClient.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token).WaitAsync(_limit, TimeProvider.System, Token);
            Assert.Equal(42, ended.ReadOutputAs<int>());
        }
    }

    [Fact]
    public async Task A_login_on_a_full_disk_is_503_with_a_sentence_and_none_once_there_is_room()
    {
        await StartAsync();
        _disk!.Fill();
        using var refused = await LoginAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.StartsWith("Nobody can be signed in now:", (string)JsonNode.Parse(await refused.Content.ReadAsStringAsync(Token))!["title"]!, StringComparison.Ordinal);

        _disk.Free();
        using var taken = await LoginAsync();
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Fact]
    public async Task A_host_killed_on_a_full_disk_goes_on_after_a_restart_with_room()
    {
        await StartAsync();
        var accepted = new List<string>();
        Assert.Equal(HttpStatusCode.Accepted, await OrchestrateAsync("before", accepted));
        _disk!.Fill();
        await UntilAsync(async () => await OrchestrateAsync($"full-{accepted.Count}", accepted) == HttpStatusCode.ServiceUnavailable);
        await _host!.KillAsync();
        await _host.DisposeAsync();
        _host = null;

        _disk.Free();
        await StartAsync();
        foreach (var id in accepted)
        {
            var ended = await _host!.DurableTaskClient.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token).WaitAsync(_limit, TimeProvider.System, Token);
            Assert.Equal(42, ended.ReadOutputAs<int>());
        }
    }

    [Fact]
    public async Task A_start_on_a_full_disk_ends_with_a_sentence()
    {
        _disk!.Fill();
        var refused = await Assert.ThrowsAnyAsync<Exception>(StartAsync);
        Assert.Contains(_disk.Path, refused.Message, StringComparison.Ordinal);
    }

    private async Task StartAsync()
    {
        _host = await WebHost.StartAsync(typeof(Probe.Program).Assembly, ownProcess: false, options =>
        {
            options.Functions = ["Double", "Twice"];
            options.DataDirectory = Path.Combine(_disk!.Path, "data");
        });
        _http = WebHost.Client(_host);
    }

    private async Task<HttpStatusCode> OrchestrateAsync(string id, List<string> accepted)
    {
        using var answer = await _http.PostAsJsonAsync($"{Hub}/orchestrators/Double/{id}", 21, Token);
        if (answer.StatusCode == HttpStatusCode.Accepted)
            accepted.Add(id);
        return answer.StatusCode;
    }

    private async Task<(string State, string Errors)> StatusAsync()
    {
        var status = JsonNode.Parse(await _http.GetStringAsync("/admin/host/status", Token))!;
        return ((string)status["state"]!, status["errors"]?.ToJsonString() ?? "");
    }

    private Task<HttpResponseMessage> LoginAsync() => _http.PostAsJsonAsync("/.auth/login/dev", new { user = "alice" }, Token);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < _limit, "It did not come about.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Token);
        }
    }
}
