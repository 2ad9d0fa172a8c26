namespace Tasklane.Emulator;

/// <summary>Files and folders that only their owner may read.</summary>
internal static class OwnFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else if (!Directory.Exists(path))
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
    }

    /// <summary>Makes an empty file if there is none. What SQLite puts beside it takes its rights.</summary>
    public static void Create(string path)
    {
        if (File.Exists(path))
            return;
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        new FileStream(path, options).Dispose();
    }

    /// <summary>Writes a file whole or not at all, whenever the process dies or the disk is full; makes its folder.</summary>
    /// <exception cref="OwnFileException">It cannot be written; the message says why.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}";
        try
        {
            CreateDirectory(Path.GetDirectoryName(path)!);
            try
            {
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
                if (!OperatingSystem.IsWindows())
                    options.UnixCreateMode = OwnerOnly;
                using (var file = new FileStream(temporary, options))
                {
                    file.Write(content);
                    file.Flush(flushToDisk: true);
                }

                File.Move(temporary, path, overwrite: true);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OwnFileException($"{path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Reads a file and takes the others' rights to it away, which files of older versions may have.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="OwnFileException">It cannot be read; the message says why.</exception>
    public static byte[]? Read(string path)
    {
        try
        {
            if (!File.Exists(path))
                return null;
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != UnixFileMode.None)
                File.SetUnixFileMode(path, OwnerOnly);
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OwnFileException($"{path} cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>A file of the host's own cannot be read or written. The message is for the person who runs the host.</summary>
internal sealed class OwnFileException(string message, Exception inner) : Exception(message, inner);
