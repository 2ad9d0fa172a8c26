using System.Globalization;
using CsCheck;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    /// <summary>
    /// 40 programs, or as many as <c>TASKLANE_CONCURRENT_PROGRAMS</c> says. One that breaks a rule is made as short as it can be, and told
    /// with its seed.
    /// </summary>
    [Fact]
    public async Task Whatever_several_processes_do_at_once_the_rules_hold()
    {
        var programs = int.Parse(Environment.GetEnvironmentVariable("TASKLANE_CONCURRENT_PROGRAMS") ?? "40", CultureInfo.InvariantCulture);
        await using var scene = await SceneAsync(ConcurrentProgram.Limit);
        await using var second = await scene.ReopenAsync(ConcurrentProgram.Limit);
        await using var third = await scene.ReopenAsync(ConcurrentProgram.Limit);
        var run = new ConcurrentProgram(scene, [scene.Store, second.Tasks, third.Tasks]);

        await Check.SampleAsync(
            ConcurrentProgram.Programs,
            run.RunAsync,
            iter: programs,
            threads: 1,
            print: program => string.Join(Environment.NewLine, program.Select(calls => string.Join(", ", calls.Select(call => $"{call.Kind} {call.Task}")))));
    }
}
