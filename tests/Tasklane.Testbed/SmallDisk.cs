using System.Diagnostics;

namespace Tasklane.Testbed;

/// <summary>A file system of a few megabytes in memory, that a test fills to the last byte and frees again. Mounting one needs root.</summary>
public sealed class SmallDisk : IDisposable
{
    private const int Block = 4096;

    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    private string Ballast => System.IO.Path.Combine(Path, "ballast");

    /// <returns>Null where nothing may be mounted.</returns>
    public static SmallDisk? TryMount(int megabytes)
    {
        var path = Directory.CreateTempSubdirectory("tasklane-small-disk-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tasklane-small-disk", path))
            return new SmallDisk(path);
        Directory.Delete(path);
        return null;
    }

    /// <summary>Leaves not one block.</summary>
    public void Fill()
    {
        using var file = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[Block];
        try
        {
            while (true)
                file.Write(block);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void Free() => File.Delete(Ballast);

    public void Dispose()
    {
        // Lazily: a killed process may still be on its way out.
        Run("umount", "-l", Path);
        Directory.Delete(Path);
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
