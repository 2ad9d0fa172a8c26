using System.Text.RegularExpressions;

namespace Tasklane.Stores.Sql.Statements;

/// <summary>
/// A query in both dialects, most often with one text. Values are $1, $2, ...; SQLite, to which these would be names, gets ?1, ?2, ...
/// </summary>
internal sealed partial class SqlRead
{
    public SqlRead(string text)
        : this(text, text)
    {
    }

    public SqlRead(string sqlite, string postgres)
    {
        Sqlite = Value().Replace(Any().Replace(sqlite, "in (select value from json_each($$$1))"), "?$1");
        Postgres = Any().Replace(postgres, "= any ($$$1)");
    }

    public string Sqlite { get; }

    public string Postgres { get; }

    /// <summary>The condition "is one of many values", given by <see cref="IStatement.Texts"/> or <see cref="IStatement.Ints"/>, is written {any:1}.</summary>
    [GeneratedRegex(@"\{any:(\d+)\}")]
    private static partial Regex Any();

    [GeneratedRegex(@"\$(\d+)")]
    private static partial Regex Value();
}
