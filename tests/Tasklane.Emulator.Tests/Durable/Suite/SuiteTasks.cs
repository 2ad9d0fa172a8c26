using Microsoft.DurableTask;
using Probe;

namespace Tasklane.Emulator.Tests.Durable.Suite;

/// <summary>The suite's functions as tasks of a portable worker.</summary>
internal static class SuiteTasks
{
    // A function without an input parameter is given an untyped input by the SDK, so those that read one name its type.
    public static void AddTo(DurableTaskRegistry registry)
    {
        registry.AddOrchestratorFunc<int, int>("SuiteChain", (context, _) => DurableSuiteFunctions.Chain(context)!);
        registry.AddOrchestratorFunc<int, int>("SuiteFan", (context, _) => DurableSuiteFunctions.Fan(context)!);
        registry.AddOrchestratorFunc("SuiteCatch", context => DurableSuiteFunctions.Catch(context));
        registry.AddOrchestratorFunc("SuiteFail", context => DurableSuiteFunctions.Fail(context));
        registry.AddOrchestratorFunc("SuiteUnknown", context => DurableSuiteFunctions.Unknown(context));
        registry.AddOrchestratorFunc<int, int>("SuiteRetry", (context, _) => DurableSuiteFunctions.Retry(context)!);
        registry.AddOrchestratorFunc("SuiteHandler", context => DurableSuiteFunctions.Handler(context));
        registry.AddOrchestratorFunc<int, int>("SuiteParent", (context, _) => DurableSuiteFunctions.Parent(context)!);
        registry.AddOrchestratorFunc("SuiteParentCatch", context => DurableSuiteFunctions.ParentCatch(context));
        registry.AddOrchestratorFunc("SuiteNest", context => DurableSuiteFunctions.Nest(context));
        registry.AddOrchestratorFunc<TimeSpan, TimeSpan>("SuiteSleep", (context, _) => DurableSuiteFunctions.Sleep(context)!);
        registry.AddOrchestratorFunc("SuiteEvent", context => DurableSuiteFunctions.Event(context));
        registry.AddOrchestratorFunc("SuiteLate", context => DurableSuiteFunctions.Late(context));
        registry.AddOrchestratorFunc("SuiteEvents", context => DurableSuiteFunctions.Events(context));
        registry.AddOrchestratorFunc<int, int>("SuiteLoop", (context, _) => DurableSuiteFunctions.Loop(context)!);
        registry.AddOrchestratorFunc<string, string>("SuiteCollect", (context, _) => DurableSuiteFunctions.Collect(context)!);
        registry.AddOrchestratorFunc("SuiteVersion", context => DurableSuiteFunctions.Version(context));
        registry.AddOrchestratorFunc("SuiteVersions", context => DurableSuiteFunctions.Versions(context));
        registry.AddOrchestratorFunc<SuiteBranch, int>("SuiteTree", (context, _) => DurableSuiteFunctions.Tree(context)!);
        registry.AddOrchestratorFunc("SuiteFailAfterChild", context => DurableSuiteFunctions.FailAfterChild(context));
        registry.AddOrchestratorFunc<int, int>("SuiteMendDeep", (context, _) => DurableSuiteFunctions.MendDeep(context)!);
        registry.AddOrchestratorFunc<int, int>("SuiteBulk", (context, _) => DurableSuiteFunctions.Bulk(context)!);
        registry.AddOrchestratorFunc("SuiteHold", context => DurableSuiteFunctions.Hold(context));
        registry.AddOrchestratorFunc("SuiteMend", context => DurableSuiteFunctions.Mend(context));
        registry.AddOrchestratorFunc<string, string>("SuiteEcho", (context, _) => DurableSuiteFunctions.Echo(context)!);
        registry.AddOrchestratorFunc("SuiteSame", context => DurableSuiteFunctions.Same(context));
        registry.AddOrchestratorFunc("SuiteCount", context => DurableSuiteFunctions.Count(context));
        registry.AddOrchestratorFunc<string[], string>("SuiteMove", (context, _) => DurableSuiteFunctions.Move(context)!);
        registry.AddOrchestratorFunc("SuiteCountWrong", context => DurableSuiteFunctions.CountWrong(context));
        registry.AddActivityFunc<int, int>("SuiteTwice", (_, value) => DurableSuiteFunctions.Twice(value));
        registry.AddActivityFunc<string, string>("SuiteBreak", (_, text) => DurableSuiteFunctions.Break(text!));
        registry.AddActivityFunc<SuiteTry, int>("SuiteFlaky", (_, input) => DurableSuiteFunctions.Flaky(input!));
        registry.AddActivityFunc<string, string>("SuiteText", (_, text) => DurableSuiteFunctions.Text(text!));
        registry.AddActivityFunc<int, string>("SuiteLetters", (_, count) => DurableSuiteFunctions.Letters(count));
        registry.AddEntity<SuiteAccount>("SuiteAccount");
    }
}
