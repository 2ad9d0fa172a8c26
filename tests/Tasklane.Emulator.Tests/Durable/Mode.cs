using System.Reflection;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Tasklane.Emulator.Tests.Durable;

/// <summary>How orchestrators get from one turn to the next. What they do must never depend on it.</summary>
public enum Mode
{
    /// <summary>The history stays in memory, and the worker keeps its session.</summary>
    Live,

    /// <summary>The history leaves memory after every turn and is read from the database again.</summary>
    Evicting,

    /// <summary>Every turn replays from the whole history.</summary>
    Strict,
}

/// <summary>Runs a theory once per mode.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryModeAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod, DisposalTracker disposalTracker) =>
        ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>(
            Enum.GetValues<Mode>().Select(mode => (ITheoryDataRow)new TheoryDataRow<Mode>(mode)).ToArray());

    public override bool SupportsDiscoveryEnumeration() => true;
}
