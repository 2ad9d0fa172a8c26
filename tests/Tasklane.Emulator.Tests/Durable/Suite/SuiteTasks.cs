using Microsoft.DurableTask;
using Probe;

namespace Tasklane.Emulator.Tests.Durable.Suite;

/// <summary>The suite's functions as tasks of a portable worker.</summary>
internal static class SuiteTasks
{
    public static void AddTo(DurableTaskRegistry registry)
    {
        registry.AddOrchestratorFunc("SuiteChain", context => DurableSuiteFunctions.Chain(context));
        registry.AddOrchestratorFunc("SuiteFan", context => DurableSuiteFunctions.Fan(context));
        registry.AddOrchestratorFunc("SuiteCatch", context => DurableSuiteFunctions.Catch(context));
        registry.AddOrchestratorFunc("SuiteFail", context => DurableSuiteFunctions.Fail(context));
        registry.AddOrchestratorFunc("SuiteUnknown", context => DurableSuiteFunctions.Unknown(context));
        registry.AddOrchestratorFunc("SuiteRetry", context => DurableSuiteFunctions.Retry(context));
        registry.AddOrchestratorFunc("SuiteHandler", context => DurableSuiteFunctions.Handler(context));
        registry.AddOrchestratorFunc("SuiteParent", context => DurableSuiteFunctions.Parent(context));
        registry.AddOrchestratorFunc("SuiteParentCatch", context => DurableSuiteFunctions.ParentCatch(context));
        registry.AddOrchestratorFunc("SuiteNest", context => DurableSuiteFunctions.Nest(context));
        registry.AddOrchestratorFunc("SuiteSleep", context => DurableSuiteFunctions.Sleep(context));
        registry.AddOrchestratorFunc("SuiteEvent", context => DurableSuiteFunctions.Event(context));
        registry.AddOrchestratorFunc("SuiteLate", context => DurableSuiteFunctions.Late(context));
        registry.AddOrchestratorFunc("SuiteEvents", context => DurableSuiteFunctions.Events(context));
        registry.AddOrchestratorFunc("SuiteLoop", context => DurableSuiteFunctions.Loop(context));
        registry.AddOrchestratorFunc("SuiteCollect", context => DurableSuiteFunctions.Collect(context));
        registry.AddOrchestratorFunc("SuiteVersion", context => DurableSuiteFunctions.Version(context));
        registry.AddOrchestratorFunc("SuiteMend", context => DurableSuiteFunctions.Mend(context));
        registry.AddOrchestratorFunc("SuiteEcho", context => DurableSuiteFunctions.Echo(context));
        registry.AddOrchestratorFunc("SuiteSame", context => DurableSuiteFunctions.Same(context));
        registry.AddOrchestratorFunc("SuiteCount", context => DurableSuiteFunctions.Count(context));
        registry.AddOrchestratorFunc("SuiteMove", context => DurableSuiteFunctions.Move(context));
        registry.AddOrchestratorFunc("SuiteCountWrong", context => DurableSuiteFunctions.CountWrong(context));
        registry.AddActivityFunc<int, int>("SuiteTwice", (_, value) => DurableSuiteFunctions.Twice(value));
        registry.AddActivityFunc<string, string>("SuiteBreak", (_, text) => DurableSuiteFunctions.Break(text!));
        registry.AddActivityFunc<SuiteTry, int>("SuiteFlaky", (_, input) => DurableSuiteFunctions.Flaky(input!));
        registry.AddActivityFunc<string, string>("SuiteText", (_, text) => DurableSuiteFunctions.Text(text!));
        registry.AddEntity<SuiteAccount>("SuiteAccount");
    }
}
