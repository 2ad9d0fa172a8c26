namespace Tasklane.Emulator.Tests.Durable.Programs;

internal enum Outcome
{
    Completed,
    Failed,
    Terminated,
}

/// <summary>What a program comes to, by plain sequential execution.</summary>
internal sealed class Model
{
    /// <summary>Entities by key.</summary>
    public Dictionary<string, int> Sums { get; } = [];

    /// <summary>Activities that must run at least once, and no others.</summary>
    public HashSet<string> Activities { get; } = [];

    public List<(string Instance, string Name, int Value)> Events { get; } = [];

    /// <summary>Instances with ids of their own choosing.</summary>
    public Dictionary<string, (Outcome Outcome, string? Output)> Named { get; } = [];

    public int Instances { get; private set; }

    /// <summary>Fails first, until it is mended and rewound.</summary>
    public bool IsRewound { get; private set; }

    public bool IsTerminated { get; private set; }

    /// <summary>Some history is gone at the end, so that a recursive purge does not find all.</summary>
    public bool ContinuesAsNew { get; private set; }

    public static Model Of(Job root)
    {
        var model = new Model();
        model.Run(root);
        return model;
    }

    private (Outcome Outcome, string? Output) Run(Job job)
    {
        Instances++;
        ContinuesAsNew |= job.Rounds > 1;
        var results = new List<string>();
        for (var round = 0; round < job.Rounds; round++)
            results.AddRange(Block(job with { Round = round }, job.Steps));
        var end = End(job with { Round = job.Rounds - 1 }, results);
        if (job.IsNamed)
            Named[job.Path] = end;
        return end;
    }

    private (Outcome Outcome, string? Output) End(Job job, List<string> results)
    {
        switch (job.End?.Op)
        {
            case null:
                break;
            case Op.Fail:
                return (Outcome.Failed, null);
            case Op.Fragile:
                IsRewound = true;
                Activities.Add(job.KeyOf(job.End));
                results.Add("mended");
                break;
            case Op.Forever:
                IsTerminated = true;
                Activities.Add(job.KeyOf(job.End));
                return (Outcome.Terminated, null);
            default:
                var inner = Run(job.ChildOf(job.End));
                if (inner.Outcome != Outcome.Completed)
                    return (inner.Outcome, null);
                results.Add($"({inner.Output})");
                break;
        }

        return (Outcome.Completed, string.Join(' ', results));
    }

    private IEnumerable<string> Block(Job job, Step[] steps) => [.. steps.Select(step => Do(job, step))];

    private string Do(Job job, Step step)
    {
        switch (step.Op)
        {
            case Op.Activity:
                Activities.Add(job.KeyOf(step));
                return $"{2 * step.Value}";
            case Op.Retry:
                Activities.Add(job.KeyOf(step));
                return step.Value < step.Times ? "retried" : "gave up";
            case Op.Timer:
                return "t";
            case Op.Child:
                var child = Run(job.ChildOf(step));
                return child.Outcome == Outcome.Completed ? $"({child.Output})" : "failed";
            case Op.Event:
                Events.Add((job.Path, job.EventOf(step), step.Value));
                return $"e{step.Value}";
            case Op.ToSelf:
                return $"s{step.Value}";
            case Op.Signal or Op.SignalLater:
                Add($"{job.Root}-a", step.Value);
                return "signal";
            case Op.Call:
                Add(job.KeyOf(step), (2 * step.Value) + 1);
                return $"c{step.Value},{(2 * step.Value) + 1}";
            case Op.Lock:
                Add($"{job.Root}-a", step.Value);
                Add($"{job.Root}-b", step.Value);
                return "lock";
            default:
                return $"[{string.Join('|', step.Branches.Select(branch => string.Join(' ', Block(job, branch))))}]";
        }
    }

    private void Add(string key, int value) => Sums[key] = Sums.GetValueOrDefault(key) + value;
}
