namespace Tasklane.Bench;

/// <summary>Where things lie in the repository.</summary>
internal static class Layout
{
    public static string Root { get; } = FindRoot();

    public static string Peers => Path.Combine(Root, "bench", "peers");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Tasklane.slnx"))) return folder.FullName;
        throw new InvalidOperationException("The benchmarks run from inside the repository only.");
    }
}
