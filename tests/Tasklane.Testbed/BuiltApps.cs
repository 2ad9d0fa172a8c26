namespace Tasklane.Testbed;

/// <summary>Where the build put the programs that tests start: each in its own output, as users have them.</summary>
public static class BuiltApps
{
    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>`Tasklane.Emulator.dll`: the Functions host.</summary>
    public static string Host => Path.Combine(Output("emulator"), "Tasklane.Emulator.dll");

    /// <summary>`Tasklane.Functions.dll`: the app.</summary>
    public static string Functions => Path.Combine(Output("functions"), "Tasklane.Functions.dll");

    /// <summary>The output folder of a project, in the configuration that these tests were built in.</summary>
    /// <param name="project">Its folder below the repository's root.</param>
    public static string Output(string project)
    {
        // Measured as ./dev run runs it, where that has compiled it ahead of time.
        var ahead = Path.Combine(Root, project, "bin", Configuration, "ahead");
        if (Directory.Exists(ahead))
            return ahead;
        var folder = Path.Combine(Root, project, "bin", Configuration, "net10.0");
        return Directory.Exists(folder) ? folder : throw new InvalidOperationException($"{project} is not built: there is no {folder}.");
    }

    private static string Configuration =>
        AppContext.BaseDirectory.Split(Path.DirectorySeparatorChar).Contains("Release") ? "Release" : "Debug";

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Tasklane.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests run outside of the checkout.");
    }
}
