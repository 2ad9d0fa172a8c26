using System.Text.RegularExpressions;
using Xunit;

namespace Tasklane.Emulator.Tests.Api;

/// <summary>Who may know whom, judged by the sources.</summary>
public sealed partial class RoomsTests
{
    public static string Root { get; } = FindRoot();

    [Fact]
    public void Functions_never_name_the_emulator() =>
        Assert.Empty(Offenders("functions", EmulatorNamed()));

    [Fact]
    public void Emulator_never_names_the_app() =>
        Assert.Empty(Offenders("emulator", AppNamed()));

    [Fact]
    public void Durable_engine_never_names_functions() =>
        Assert.Empty(Offenders(
            Path.Combine("emulator", "Host", "Durable"), FunctionsNamed(), except: Path.Combine("Durable", "Http")));

    [Fact]
    public void Api_hands_over_to_the_host_only_where_an_application_starts() =>
        Assert.Empty(Offenders(Path.Combine("emulator", "Api"), HostNamed(), except: "FunctionsApplication"));

    [Fact]
    public void Scan_finds_what_it_looks_for()
    {
        Assert.NotEmpty(Offenders("emulator", EmulatorNamed()));
        Assert.Matches(AppNamed(), "using Tasklane.Stores.Redis;");
        Assert.Matches(AppNamed(), "ITaskStore store");
        Assert.DoesNotMatch(AppNamed(), "namespace Tasklane.Emulator.Durable;");
        Assert.Matches(HostNamed(), "Tasklane.Emulator.Functions.EmulatorLaunch.Run()");
        Assert.DoesNotMatch(HostNamed(), "using Tasklane.Emulator.Api;");
    }

    private static IEnumerable<string> Offenders(string folder, Regex forbidden, string? except = null) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !IsBuilt(file))
            .Where(file => except is null || !file.Contains(except, StringComparison.Ordinal))
            .Where(file => forbidden.IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetRelativePath(Root, file));

    private static bool IsBuilt(string file) =>
        Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin");

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Tasklane.slnx")))
            directory = directory.Parent ?? throw new InvalidOperationException("The tests run outside of the checkout.");
        return directory.FullName;
    }

    [GeneratedRegex(@"Tasklane\.Emulator")]
    private static partial Regex EmulatorNamed();

    [GeneratedRegex(@"Tasklane\.(Tasks|Stores|Pipeline|Handlers|Live|Security|Intake)\b|\b(I?TaskStore|TaskService|ITaskRun)\b")]
    private static partial Regex AppNamed();

    [GeneratedRegex(@"using Microsoft\.Azure\.Functions|Tasklane\.Emulator\.Functions")]
    private static partial Regex FunctionsNamed();

    [GeneratedRegex(@"Tasklane\.Emulator\.(?!Api\b)")]
    private static partial Regex HostNamed();
}
