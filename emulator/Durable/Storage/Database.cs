using System.Globalization;

namespace Tasklane.Emulator.Durable.Storage;

/// <summary>The database file: one process has it open, its schema is current, one connection writes and others read.</summary>
internal sealed class Database : IDisposable
{
    private const string Prefix = "Tasklane.Emulator.Durable.Storage.Schema.";

    private readonly string path;
    private readonly string? temporaryFolder;
    private readonly FileStream exclusive;

    /// <exception cref="IOException">Another process (or engine) has this database open.</exception>
    /// <exception cref="StorageException">The file is damaged, or no database; the message names it and the way out.</exception>
    public Database(DurableOptions options)
    {
        path = options.DatabasePath;
        if (path == ":memory:")
        {
            temporaryFolder = Directory.CreateTempSubdirectory("durable-").FullName;
            path = Path.Combine(temporaryFolder, "durable.db");
        }

        path = Path.GetFullPath(path);
        OwnFiles.CreateDirectory(Path.GetDirectoryName(path)!);
        exclusive = TakeLock(path);
        try
        {
            MoveOldAside();
            OwnFiles.Create(path);
            Writer = new Connection(path);
            Writer.Execute("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;");
            Writer.Execute($"PRAGMA synchronous = {(options.SurvivePowerLoss ? "FULL" : "NORMAL")};");
            Writer.Execute("PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;");
            Migrate();
            // The checkpointer copies the log.
            Writer.Execute("PRAGMA wal_autocheckpoint = 0;");
        }
        catch (StorageException error) when (error.Message.Contains("not a database", StringComparison.Ordinal)
            || error.Message.Contains("malformed", StringComparison.Ordinal))
        {
            Dispose();
            throw new StorageException(
                $"'{path}' is damaged, or no database: {error.Message} Move it away to begin with an empty one; orchestrations in it are lost then.");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where a database of a former version was moved; null when there was none.</summary>
    public string? MovedAside { get; private set; }

    public Connection Writer { get; } = null!;

    /// <summary>A connection that copies the log into the file, see <see cref="Checkpointer"/>.</summary>
    public Connection OpenCheckpointer()
    {
        var connection = new Connection(path);
        connection.Execute("PRAGMA cache_size = -64;");
        return connection;
    }

    public Connection OpenReader()
    {
        var connection = new Connection(path);
        connection.Execute("PRAGMA query_only = ON; PRAGMA cache_size = -8192;");
        return connection;
    }

    public void Dispose()
    {
        Writer?.Dispose();
        exclusive.Dispose();
        if (temporaryFolder is not null)
            Directory.Delete(temporaryFolder, recursive: true);
    }

    // The kernel lets go of the lock when its process ends, however it ends, so there is never a stale one to clean.
    private static FileStream TakeLock(string path)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (File.Exists(path + ".lock"))
        {
            throw new IOException(
                $"The durable database '{path}' is in use by another process. Stop it, or choose another data directory.", error);
        }
    }

    /// <summary>Histories of version 1 are in an encoding that no worker reads.</summary>
    private void MoveOldAside()
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
            return;
        using (var old = new Connection(path))
        {
            if (old.Scalar("PRAGMA user_version") != 1)
                return;
            old.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }

        var number = 1;
        while (File.Exists($"{path}.old-{number}"))
            number++;
        MovedAside = $"{path}.old-{number}";
        File.Move(path, MovedAside);
        foreach (var side in (string[])["-wal", "-shm"])
            File.Delete(path + side);
    }

    private void Migrate()
    {
        var current = Writer.Scalar("PRAGMA user_version");
        var assembly = typeof(Database).Assembly;
        var files = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => (Name: name, Number: int.Parse(name.AsSpan(Prefix.Length, 4), CultureInfo.InvariantCulture)))
            .OrderBy(file => file.Number)
            .ToArray();
        if (current > files[^1].Number)
        {
            throw new StorageException(
                $"The durable database '{path}' has schema version {current}; this build knows only up to {files[^1].Number}.");
        }

        foreach (var (name, number) in files.Where(file => file.Number > current))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            Writer.Execute($"BEGIN IMMEDIATE; {reader.ReadToEnd()} PRAGMA user_version = {number}; COMMIT;");
        }
    }
}
