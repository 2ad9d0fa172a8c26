using Azure.Storage.Queues;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Storage;

/// <summary>The host as people run it, killed for good: with the times it has by default.</summary>
public sealed class HostProcessTests(SharedAzurite azurite)
{
    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("in-process")]
    [InlineData("process")]
    public async Task A_message_comes_again_after_kill_9_within_its_lease(string worker)
    {
        var ct = TestContext.Current.CancellationToken;
        var storage = (await azurite.ServerAsync()).ConnectionString;
        using var data = new TempDirectory("host");
        await using var line = new ProbeLine();
        var name = $"t{Guid.NewGuid():N}"[..16];
        var queue = new QueueClient(storage, name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
        await queue.CreateIfNotExistsAsync(cancellationToken: ct);
        await queue.SendMessageAsync("survivor", ct);
        var environment = new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = storage,
            ["ProbeQueue"] = name,
            ["ProbeLine"] = line.Address,
            ["AzureFunctionsJobHost__functions__0"] = "QueueDeclaredCount",
            ["AzureFunctionsJobHost__extensions__queues__maxPollingInterval"] = "00:00:01",
        };

        await using (var first = Start())
        {
            Assert.Equal("survivor 1", (await line.CallAsync()).Text);
            await first.KillAsync();
        }

        await using var second = Start();
        Assert.Equal("survivor 2", await line.HearAsync());
        await StorageRun.UntilAsync(async () => await StorageRun.CountAsync(queue) == 0);

        ChildProcess Start() => ChildProcess.Start(
            "dotnet",
            [BuiltApps.Host, "--app", Path.Combine(BuiltApps.Output("tests/Apps/Probe"), "Probe.dll"), "--port", "0", "--data", data.Path, "--worker", worker],
            workingDirectory: data.Path,
            environment: environment);
    }
}
