using System.Text.RegularExpressions;

namespace Tasklane.Stores.Sql.Statements;

/// <summary>
/// A query in every dialect, most often with one text. Values are $1, $2, ...; SQLite and MySQL, to which these would be names, get
/// ?1 and @p1. Three conditions are written in braces: {any:1}, "is one of many values" (given by <see cref="IStatement.Texts"/> or
/// <see cref="IStatement.Ints"/>); {lock} and {claim}, which end a query on the servers: rows are locked for this transaction, or
/// those that no other transaction has locked. In SQLite the one writer needs neither.
/// </summary>
internal sealed partial class SqlRead
{
    public SqlRead(string text)
        : this(text, text, text)
    {
    }

    public SqlRead(string sqlite, string servers)
        : this(sqlite, servers, servers)
    {
    }

    public SqlRead(string sqlite, string postgres, string mysql)
    {
        Sqlite = Value().Replace(Lock().Replace(Any().Replace(sqlite, "in (select value from json_each($$$1))"), ""), "?$1");
        Postgres = Lock().Replace(Any().Replace(postgres, "= any ($$$1)"), match => match.Value == "{claim}" ? "for update of t skip locked" : "for update of t");
        MySql = Value().Replace(
            Lock().Replace(Any().Replace(mysql, "in ({any:$1})"), match => match.Value == "{claim}" ? "for update skip locked" : "for update"), "@p$1")
            .Replace("as text)", "as char)", StringComparison.Ordinal)
            .Replace("as bigint)", "as signed)", StringComparison.Ordinal);
    }

    public string Sqlite { get; }

    public string Postgres { get; }

    /// <summary>Where {any:1} stands, the values are put in by name when they are known.</summary>
    public string MySql { get; }

    [GeneratedRegex(@"\{any:(\d+)\}")]
    internal static partial Regex Any();

    [GeneratedRegex(@"\{lock\}|\{claim\}")]
    private static partial Regex Lock();

    [GeneratedRegex(@"\$(\d+)")]
    private static partial Regex Value();
}
