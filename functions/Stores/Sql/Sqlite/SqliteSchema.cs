using System.Globalization;
using Tasklane.Stores.Sql.Schema;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Sqlite;

/// <summary>Makes the file and brings its schema up to date, one process at a time.</summary>
internal static class SqliteSchema
{
    private static readonly SqlRead Version = new(SchemaFiles.CurrentVersion);

    public static void Apply(string path)
    {
        CreateDirectory(path);
        using var file = new SqliteFile(path, create: true);
        // Must come before the first table; once set, it stays with the file.
        file.Execute("pragma journal_mode = wal");
        file.Execute("begin immediate");
        file.Execute(SchemaFiles.VersionTable);
        int version;
        using (var rows = file.Of(Version).Rows())
        {
            rows.Next();
            version = (int)rows.Int(0);
        }
        foreach (var (number, sql) in SchemaFiles.After(version, "sqlite"))
        {
            file.Execute(sql);
            file.Execute($"insert into async_task_schema values ({number.ToString(CultureInfo.InvariantCulture)})");
        }
        file.Execute("commit");
    }

    private static void CreateDirectory(string path)
    {
        try
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } directory) Directory.CreateDirectory(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TaskException(TaskErrors.StoreUnavailable, $"The directory of the task database '{path}' cannot be made. ({error.Message})", error);
        }
    }
}
