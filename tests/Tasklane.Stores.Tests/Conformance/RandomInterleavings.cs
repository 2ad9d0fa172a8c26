using Xunit;
using Xunit.Sdk;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    /// <summary>How many calls one random interleaving makes.</summary>
    protected virtual int InterleavingSteps => 600;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
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
