using System.Text.RegularExpressions;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Emulator.Tests;

/// <summary>Who may know whom, judged by the sources.</summary>
public sealed partial class RoomsTests
{
    [Fact]
    public void The_app_never_names_the_emulator() =>
        Assert.Empty(Offenders("functions", EmulatorNamed()));

    [Fact]
    public void The_emulator_never_names_the_app() =>
        Assert.Empty(Offenders("emulator", AppNamed()));

    /// <summary>What an app's own assemblies are named by stays where a worker in this process is loaded, so that
    /// every other room meets an app through the worker protocol alone.</summary>
    [Fact]
    public void Only_the_worker_in_this_process_names_the_workers_SDK() =>
        Assert.Empty(Offenders("emulator", WorkerSdkNamed(), "Worker/InProcess/Sdk/", "SignalRService/"));

    [Theory]
    [InlineData("Engine")]
    [InlineData("History")]
    [InlineData("Orchestration")]
    [InlineData("Entities")]
    [InlineData("Storage")]
    public void The_durable_engine_knows_neither_workers_nor_HTTP(string part) =>
        Assert.Empty(Offenders("emulator/Durable/" + part, WorkerOrWebNamed()));

    [Fact]
    public void What_is_looked_for_is_found()
    {
        Assert.NotEmpty(Offenders("emulator", EmulatorNamed()));
        Assert.NotEmpty(Offenders("functions", WorkerSdkNamed()));
        Assert.NotEmpty(Offenders("functions", AppNamed()));
        Assert.NotEmpty(Offenders("emulator/Http", WorkerOrWebNamed()));
        Assert.Matches(AppNamed(), "ITaskStore store");
        Assert.DoesNotMatch(AppNamed(), "namespace Tasklane.Emulator.Durable;");
    }

    private static IEnumerable<string> Offenders(string folder, Regex forbidden, params string[] except) =>
        Directory.EnumerateFiles(Path.Combine(BuiltApps.Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(BuiltApps.Root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "obj" or "bin"))
            .Where(file => !except.Any(part => file.Contains(part, StringComparison.Ordinal)))
            .Where(file => forbidden.IsMatch(File.ReadAllText(Path.Combine(BuiltApps.Root, file))));

    [GeneratedRegex(@"Tasklane\.Emulator")]
    private static partial Regex EmulatorNamed();

    [GeneratedRegex(@"Tasklane\.(Tasks|Stores|Pipeline|Handlers|Live|Security|Intake)\b|\b(I?TaskStore|TaskService|ITaskRun)\b")]
    private static partial Regex AppNamed();

    [GeneratedRegex(@"using Microsoft\.Azure\.Functions\.Worker")]
    private static partial Regex WorkerSdkNamed();

    [GeneratedRegex(@"using (Microsoft\.AspNetCore|Tasklane\.Emulator\.(Worker|Http|Hosting))")]
    private static partial Regex WorkerOrWebNamed();
}
