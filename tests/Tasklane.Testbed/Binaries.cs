namespace Tasklane.Testbed;

/// <summary>Finds the servers' programs; a missing one is named together with the Debian package that brings it.</summary>
internal static class Binaries
{
    /// <param name="program">The program's file name.</param>
    /// <param name="package">The Debian package to name when it is missing.</param>
    /// <param name="directories">Places to look at before PATH.</param>
    public static string Find(string program, string package, params IEnumerable<string> directories)
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return directories
            .Concat(path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"{program} is missing: install {package}, or run ./dev test, which does.");
    }
}
