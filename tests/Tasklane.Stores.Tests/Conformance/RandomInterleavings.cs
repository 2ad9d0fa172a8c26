using System.Globalization;
using Xunit;
using Xunit.Sdk;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    /// <summary>How many calls one random interleaving makes.</summary>
    protected virtual int InterleavingSteps => 600;

    /// <summary>1 to 4; <c>TASKLANE_SEEDS=5-500</c> in the environment tries others.</summary>
    public static TheoryData<int> Seeds()
    {
        var range = (Environment.GetEnvironmentVariable("TASKLANE_SEEDS") ?? "1-4").Split('-');
        var first = int.Parse(range[0], CultureInfo.InvariantCulture);
        return [.. Enumerable.Range(first, int.Parse(range[^1], CultureInfo.InvariantCulture) - first + 1)];
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Any_interleaving_of_calls_agrees_with_a_simple_model(int seed)
    {
        var random = new Random(seed);
        await using var scene = await SceneAsync(options =>
        {
            options.Lanes.MaxRunning = random.Next(0, 6);
            options.Lanes.MaxRunningPerUser = random.Next(0, 4);
            options.Lanes.MaxRunningPerType = random.Next(0, 4);
            options.Lanes.Types["t0"] = random.Next(0, 3);
            options.Lanes.NormalWaitsAtMost = random.Next(1, 6);
            options.Lanes.LowWaitsAtMost = random.Next(1, 9);
            options.MaxRecoveries = random.Next(0, 4);
        });
        var run = new Interleaving(scene, random);
        try
        {
            for (var step = 0; step < InterleavingSteps; step++)
                await run.StepAsync();
            await run.CheckWholeAsync();
        }
        catch (Exception failure)
        {
            throw new XunitException($"Seed {seed}, after these calls:\n{string.Join('\n', run.Calls.TakeLast(25))}\n{failure.Message}", failure);
        }
    }
}
