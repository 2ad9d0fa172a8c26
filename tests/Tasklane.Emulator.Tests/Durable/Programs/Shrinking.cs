namespace Tasklane.Emulator.Tests.Durable.Programs;

/// <summary>Makes a program that fails smaller as long as it still does.</summary>
internal static class Shrinking
{
    private const int Tries = 3;
    private const int MostTrials = 300;

    public static async Task<(RandomProgram Program, string Disagreement)> SmallestAsync(RandomProgram program, string disagreement)
    {
        var trials = 0;
        for (var found = true; found;)
        {
            found = false;
            foreach (var smaller in Smaller(program))
            {
                // What it does in parallel differs from run to run.
                for (var attempt = 0; attempt < Tries && !found && trials++ < MostTrials; attempt++)
                {
                    if (await Trial.RunAsync(smaller) is { } still)
                        (program, disagreement, found) = (smaller, still, true);
                }

                if (found || trials >= MostTrials)
                    break;
            }
        }

        return (program, disagreement);
    }

    private static IEnumerable<RandomProgram> Smaller(RandomProgram program)
    {
        if (program.Suspends > 0)
            yield return program with { Suspends = 0 };
        if (program.Purges)
            yield return program with { Purges = false };
        if (program.Crashes > 0)
            yield return program with { Crashes = program.Crashes - 1 };
        if (program.FaultPercent > 0)
            yield return program with { FaultPercent = 0 };
        foreach (var root in Smaller(program.Root))
            yield return program with { Root = root };
    }

    private static IEnumerable<Job> Smaller(Job job)
    {
        if (job.Rounds > 1)
            yield return job with { Rounds = job.Rounds - 1 };
        if (job.End is { } end)
        {
            yield return job with { End = null };
            if (end.Child is { } last)
            {
                foreach (var child in Smaller(last))
                    yield return job with { End = end with { Child = child } };
            }
        }

        foreach (var steps in Smaller(job.Steps))
            yield return job with { Steps = steps };
    }

    private static IEnumerable<Step[]> Smaller(Step[] steps)
    {
        for (var i = 0; i < steps.Length; i++)
        {
            yield return [.. steps[..i], .. steps[(i + 1)..]];
            if (steps[i].Child is { } job)
            {
                foreach (var child in Smaller(job))
                    yield return [.. steps[..i], steps[i] with { Child = child }, .. steps[(i + 1)..]];
            }

            for (var b = 0; b < steps[i].Branches.Length; b++)
            {
                var branches = steps[i].Branches;
                foreach (var branch in Smaller(branches[b]))
                    yield return [.. steps[..i], steps[i] with { Branches = [.. branches[..b], branch, .. branches[(b + 1)..]] }, .. steps[(i + 1)..]];
            }
        }
    }
}
