using System.Diagnostics;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Durable.Victim;
using Tasklane.Emulator.Durable;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable;

/// <summary>A real process with a busy engine, killed with SIGKILL at random moments, again and again on one database.</summary>
public sealed class KillTests
{
    private static int Rounds => int.TryParse(Environment.GetEnvironmentVariable("TASKLANE_CRASH_ROUNDS"), out var rounds) ? rounds : 6;

    [Fact]
    public async Task Kills_lose_nothing_acknowledged_and_run_nothing_to_two_ends()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("tasklane-kill-");
        var seed = Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage("seed {0}", seed);
        var random = new Random(seed);
        var database = Path.Combine(folder.FullName, "durable.db");
        var said = new List<string>();

        for (var round = 0; round < Rounds; round++)
            await RunAndKillAsync(database, round, random.Next(1, 1500), said);

        await using var engine = new DurableEngine(
            Work.Worker(), new DurableOptions { DatabasePath = database }, TimeProvider.System, NullLoggerFactory.Instance);
        await engine.StartAsync(cancellation);
        var client = EngineClients.Of(engine);
        var scheduled = Ids('S');
        var completed = Ids('C');
        Assert.NotEmpty(scheduled);

        // Acknowledged: still there; seen completed: still so. An event that was not acknowledged may be raised once more.
        foreach (var id in completed)
        {
            var stored = await client.GetInstanceAsync(id, getInputsAndOutputs: true, cancellation);
            Assert.Equal(OrchestrationRuntimeStatus.Completed, stored!.RuntimeStatus);
        }

        foreach (var id in scheduled.Except(Ids('E')))
        {
            try
            {
                var number = int.Parse(id[(id.LastIndexOf('-') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
                await client.RaiseEventAsync(id, "go", number, cancellation);
            }
            catch (Grpc.Core.RpcException ended) when (ended.StatusCode == Grpc.Core.StatusCode.FailedPrecondition)
            {
                // Its event had come through, only the word of it had not.
            }
        }

        foreach (var id in scheduled)
        {
            var ended = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, cancellation);
            Assert.Equal(3 * ended.ReadInputAs<int>(), ended.ReadOutputAs<int>());
        }

        // Each orchestration adds one as its last step, also those whose start was stored but never acknowledged.
        var all = 0;
        await foreach (var one in client.GetAllInstancesAsync().WithCancellation(cancellation))
            all += one.Name == Work.Name && one.RuntimeStatus == OrchestrationRuntimeStatus.Completed ? 1 : 0;
        var counter = await client.Entities.GetEntityAsync<int>(Work.Counter, cancellation: cancellation);
        Assert.InRange(all, scheduled.Count, scheduled.Count + (16 * Rounds));
        Assert.Equal(all, counter!.State);
        await engine.StopAsync(cancellation);
        folder.Delete(recursive: true);

        HashSet<string> Ids(char kind) => said.Where(line => line[0] == kind).Select(line => line[2..]).ToHashSet();
    }

    // What the victim said before the kill counts; a line cut short was never said.
    private static async Task RunAndKillAsync(string database, int round, int lines, List<string> said)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(Work).Assembly.Location);
        start.ArgumentList.Add(database);
        start.ArgumentList.Add($"r{round}");
        using var victim = Process.Start(start)!;
        var text = new System.Text.StringBuilder();
        var buffer = new char[4096];
        var seen = 0;
        while (true)
        {
            var read = await victim.StandardOutput.ReadAsync(buffer, TestContext.Current.CancellationToken);
            if (read == 0)
                break;
            text.Append(buffer, 0, read);
            seen += buffer.AsSpan(0, read).Count('\n');
            if (seen >= lines && !victim.HasExited)
                victim.Kill();
        }

        await victim.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(137, victim.ExitCode);
        var whole = text.ToString();
        said.AddRange(whole[..(whole.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
