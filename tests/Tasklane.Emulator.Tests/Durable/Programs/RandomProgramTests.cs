using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;

namespace Tasklane.Emulator.Tests.Durable.Programs;

/// <summary>
/// Random programs on an engine whose disk fails and whose process is killed at random writes: whatever happens, they come to what plain
/// sequential execution says. <c>TASKLANE_PROGRAMS=1-10000</c> tries as many; <c>TASKLANE_PROGRAMS=77</c> tries one alone.
/// </summary>
public sealed class RandomProgramTests
{
    /// <summary>Programs that run side by side: they wait more than they work.</summary>
    private const int AtOnce = 48;

    [Fact]
    public async Task Any_program_with_any_faults_agrees_with_a_sequential_model()
    {
        var range = (Environment.GetEnvironmentVariable("TASKLANE_PROGRAMS") ?? "1-120").Split('-');
        var first = int.Parse(range[0], CultureInfo.InvariantCulture);
        var last = int.Parse(range[^1], CultureInfo.InvariantCulture);
        var faults = new ConcurrentDictionary<string, int>();
        var failed = new ConcurrentQueue<(int Seed, string Disagreement)>();
        await Parallel.ForEachAsync(
            Enumerable.Range(first, last - first + 1),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken },
            async (seed, _) =>
            {
                if (await Trial.RunAsync(Generator.Of(seed), (kind, times) => faults.AddOrUpdate(kind, times, (_, before) => before + times)) is { } disagreement)
                    failed.Enqueue((seed, disagreement));
            });
        var met = string.Join(", ", faults.OrderBy(kind => kind.Key).Select(kind => $"{kind.Key} {kind.Value} times"));
        TestContext.Current.SendDiagnosticMessage("Programs {0} to {1}: {2} disagreements. Faults: {3}", first, last, failed.Count, met);
        if (failed.IsEmpty)
        {
            // A disk that never failed would prove nothing.
            if (last - first >= 100)
                Assert.All((string[])["Begun", "BeforeCommit", "AfterCommit"], point => Assert.Contains(faults.Keys, kind => kind.EndsWith(point, StringComparison.Ordinal)));
            return;
        }

        var (seed, told) = failed.First();
        var (smallest, why) = await Shrinking.SmallestAsync(Generator.Of(seed), told);
        Assert.Fail(
            $"{failed.Count} programs disagree with the model; run one alone with TASKLANE_PROGRAMS=SEED. Seeds:\n"
            + string.Join('\n', failed.Take(20).Select(one => $"{one.Seed}: {one.Disagreement}"))
            + $"\nSeed {seed} made smaller: {why}\n{JsonSerializer.Serialize(smallest)}\nFaults met: {met}");
    }
}
