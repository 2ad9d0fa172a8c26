using System.Globalization;

namespace Tasklane.Stores.Sql.Schema;

/// <summary>The schema's versions, oldest first: files {dialect}-{version}.sql beside this one. Files are only ever added.</summary>
internal static class SchemaFiles
{
    /// <summary>Made before anything else; holds a row per version that has been applied.</summary>
    public const string VersionTable = "create table if not exists async_task_schema (version integer primary key)";

    public const string CurrentVersion = "select coalesce(max(version), 0) from async_task_schema";

    /// <summary>The files a database of a version still lacks.</summary>
    /// <exception cref="InvalidOperationException">It has been made by a newer Tasklane.</exception>
    public static IEnumerable<(int Version, string Sql)> After(int version, string dialect)
    {
        var all = All(dialect).ToList();
        if (version > all[^1].Version)
        {
            throw new InvalidOperationException(
                $"The task database has schema version {version}; this Tasklane knows only up to {all[^1].Version}. Use a newer one.");
        }
        return all.Where(file => file.Version > version);
    }

    private static IEnumerable<(int Version, string Sql)> All(string dialect)
    {
        var assembly = typeof(SchemaFiles).Assembly;
        var marker = $".{dialect}-";
        return
            from name in assembly.GetManifestResourceNames()
            let at = name.IndexOf(marker, StringComparison.Ordinal)
            where at >= 0 && name.EndsWith(".sql", StringComparison.Ordinal)
            let version = int.Parse(name.AsSpan(at + marker.Length, 3), CultureInfo.InvariantCulture)
            orderby version
            select (version, Text(name));

        string Text(string name)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
    }
}
