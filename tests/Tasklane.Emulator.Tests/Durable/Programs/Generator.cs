namespace Tasklane.Emulator.Tests.Durable.Programs;

/// <summary>Makes programs whose result does not depend on what comes first, so that a sequential model can tell it.</summary>
internal sealed class Generator(Random random)
{
    private int _ids;
    private int _left;

    public static RandomProgram Of(int seed)
    {
        var random = new Random(seed);
        return new Generator(random).Program(seed);
    }

    private RandomProgram Program(int seed)
    {
        _left = random.Next(2, 16);
        var ending = random.Next(10);
        var root = Job(depth: 0, isNamed: true) with { Path = $"p{seed}" };
        root = root with
        {
            End = ending switch
            {
                0 => New(Op.Fail),
                1 => New(Op.Fragile),
                2 => New(Op.Forever),
                3 => New(Op.Child) with { Child = Job(1, random.Next(2) == 0) with { End = New(random.Next(2) == 0 ? Op.Fragile : Op.Forever) } },
                _ => null,
            },
        };
        return new RandomProgram(seed, root)
        {
            Suspends = random.Next(4) == 0 ? random.Next(1, 3) : 0,
            Purges = random.Next(3) == 0,
            FaultPercent = random.Next(5) switch { 0 => 0, 1 => 1, 2 => 4, 3 => 8, _ => 15 },
            Crashes = random.Next(4),
            Mode = (Mode)random.Next(3),
        };
    }

    private Job Job(int depth, bool isNamed)
    {
        var rounds = random.Next(4) == 0 ? random.Next(2, 4) : 1;
        return new Job(Block(depth, isNamed, isAlone: true), null, rounds) { IsNamed = isNamed };
    }

    private Step[] Block(int depth, bool isNamed, bool isAlone)
    {
        var steps = new List<Step>();
        for (var count = random.Next(1, 5); count > 0 && _left > 0; count--)
            steps.Add(Step(depth, isNamed, isAlone));
        return [.. steps];
    }

    private Step Step(int depth, bool isNamed, bool isAlone)
    {
        _left--;
        while (true)
        {
            switch (random.Next(13))
            {
                case 0 or 1:
                    return New(Op.Activity);
                case 2:
                    return New(Op.Retry) with { Value = random.Next(4), Times = random.Next(1, 4), Seconds = Delay() };
                case 3:
                    return New(Op.Timer) with { Seconds = Delay() };
                case 4 when isNamed:
                    return New(Op.Event);
                case 5:
                    return New(Op.ToSelf);
                case 6:
                    return New(Op.Signal);
                case 7:
                    return New(Op.Call);

                // An orchestration is in one critical section at most, and calls no other entity meanwhile.
                case 8 when isAlone:
                    return New(Op.Lock);
                case 9 when depth < 3:
                    return New(Op.All) with
                    {
                        Branches = [.. Enumerable.Range(0, random.Next(2, 5)).Select(_ => Block(depth + 1, isNamed, isAlone: false))],
                    };
                case 12:
                    return New(Op.SignalLater) with { Seconds = Delay() };
                case 10 or 11 when depth < 3:
                    var child = Job(depth + 1, random.Next(3) > 0);
                    return New(Op.Child) with { Child = random.Next(5) == 0 ? child with { End = New(Op.Fail) } : child };
            }
        }
    }

    private Step New(Op op) => new(op, ++_ids) { Value = random.Next(1, 100) };

    // Within the minutes that timers are kept in memory, beyond them, and beyond what the worker's timers last at once.
    private int Delay() => random.Next(4) switch { 0 => 1, 1 => random.Next(2, 60), 2 => 1_000, _ => 500_000 };
}
