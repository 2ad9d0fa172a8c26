using Tasklane.Emulator.Storage;
using Tasklane.Emulator.Testing;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Storage;

public sealed class StorageAccountTests(SharedAzurite azurite)
{
    [Theory]
    [InlineData("QueueText", "Queues")]
    [InlineData("BlobText", "Blobs")]
    public async Task A_function_without_its_connection_is_in_error_with_the_real_hosts_sentence(string function, string extension)
    {
        var error = await Assert.ThrowsAsync<FunctionsTestHostException>(() => StartAsync(function, []));

        Assert.Equal(
            $"The '{function}' function is in error: Microsoft.Azure.WebJobs.Host: Error indexing method 'Functions.{function}'. "
            + $"Microsoft.Azure.WebJobs.Extensions.Storage.{extension}: Storage account connection string 'AzureWebJobsStorage' does not exist. "
            + "Make sure that it is a defined App Setting.",
            error.Message);
    }

    [Fact]
    public async Task A_connection_of_its_own_is_named_with_the_prefix()
    {
        var error = await Assert.ThrowsAsync<FunctionsTestHostException>(() => StartAsync("QueueOtherAccount", []));

        Assert.Contains("'AzureWebJobsProbeAccount' does not exist", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_based_connection_is_refused_with_what_to_do()
    {
        var error = await Assert.ThrowsAsync<FunctionsTestHostException>(
            () => StartAsync("QueueText", new() { ["AzureWebJobsStorage__queueServiceUri"] = "https://x.queue.core.windows.net" }));

        Assert.Contains("identity-based (AzureWebJobsStorage__queueServiceUri)", error.Message, StringComparison.Ordinal);
        Assert.Contains("connection strings only", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_is_no_connection_string_is_refused()
    {
        var error = await Assert.ThrowsAsync<FunctionsTestHostException>(
            () => StartAsync("QueueText", new() { ["AzureWebJobsStorage"] = "nonsense" }));

        Assert.Contains("connection string for 'AzureWebJobsStorage' is invalid", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_binding_may_name_another_account()
    {
        await using var run = StorageRun.Create(await azurite.ServerAsync(), ownProcess: false);
        run.Settings["AzureWebJobsStorage"] = "UseDevelopmentStorage=true";
        run.Settings["ProbeAccount"] = (await azurite.ServerAsync()).ConnectionString;
        await run.StartHostAsync("QueueOtherAccount");
        await run.SendAsync("over there");

        Assert.Equal("over there", await run.Line.HearAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_store_that_is_away_is_named_and_triggers_go_on_when_it_is_back(bool ownProcess)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var own = await AzuriteServer.StartAsync(ct);
        await using var run = StorageRun.Create(own, ownProcess);
        await run.StartHostAsync("QueueText", "BlobText");
        await run.SendAsync("before");
        Assert.Equal("before", await run.Line.HearAsync());

        await own.KillAsync();
        await StorageRun.UntilAsync(() => Task.FromResult(run.State.Faults.Any(fault => fault.Contains("the trigger of 'Functions.QueueText'", StringComparison.Ordinal))
            && run.State.Faults.Any(fault => fault.Contains("the scan of the container", StringComparison.Ordinal))));
        await own.RestartAsync(ct);
        await StorageRun.UntilAsync(() => Task.FromResult(run.State.IsHealthy));
        await run.SendAsync("after");
        Assert.Equal("after", await run.Line.HearAsync());
        await run.UploadAsync("a.txt", "abc");
        Assert.Equal("a|txt|abc", await run.Line.HearAsync());
    }

    [Fact]
    public async Task A_message_that_ends_while_the_store_is_away_is_deleted_when_it_is_back()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var own = await AzuriteServer.StartAsync(ct);
        await using var run = StorageRun.Create(own, ownProcess: false, new StorageTimes { Lease = TimeSpan.FromMinutes(5) });
        await run.StartHostAsync("QueueText");
        await run.SendAsync("once");
        var call = await run.Line.CallAsync();
        await own.StopAsync();
        call.Succeed();
        await StorageRun.UntilAsync(() => Task.FromResult(!run.State.IsHealthy));
        await own.RestartAsync(ct);

        await StorageRun.UntilAsync(async () => await StorageRun.CountAsync(run.Queue) == 0);
        Assert.True(run.Line.IsSilent);
    }

    [Fact]
    public async Task A_host_stops_while_its_store_is_away()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var own = await AzuriteServer.StartAsync(ct);
        await using var run = StorageRun.Create(own, ownProcess: false, new StorageTimes
        {
            Lease = TimeSpan.FromHours(1),
            DrainGrace = TimeSpan.Zero,
            CancelGrace = TimeSpan.FromSeconds(1),
        });
        await run.StartHostAsync("QueueDeclaredCount", "BlobText");
        await run.SendAsync("held");
        _ = await run.Line.CallAsync();
        await own.StopAsync();

        await run.Host!.StopAsync().WaitAsync(TimeSpan.FromMinutes(1), ct);
    }

    [Fact]
    public async Task A_host_starts_while_its_store_is_away()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var own = await AzuriteServer.StartAsync(ct);
        await own.StopAsync();
        await using var run = StorageRun.Create(own, ownProcess: false);
        await run.StartHostAsync("QueueText");
        await StorageRun.UntilAsync(() => Task.FromResult(!run.State.IsHealthy));
        await own.RestartAsync(ct);
        await run.SendAsync("late");

        Assert.Equal("late", await run.Line.HearAsync());
        await StorageRun.UntilAsync(() => Task.FromResult(run.State.IsHealthy));
    }

    private static async Task StartAsync(string function, Dictionary<string, string> settings)
    {
        await using var host = await FunctionsTestHost.StartAsync<Probe.TestLine>(options =>
        {
            options.Functions = [function];
            options.Settings["ProbeQueue"] = "orders";
            options.Settings["ProbeContainer"] = "orders";
            foreach (var (name, value) in settings)
                options.Settings[name] = value;
        });
    }
}
