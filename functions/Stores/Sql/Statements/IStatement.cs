namespace Tasklane.Stores.Sql.Statements;

/// <summary>
/// A statement with its values given one after the other, in the order of its placeholders, and then run once. One object per
/// statement and connection, used again and again; not for two threads.
/// </summary>
internal interface IStatement
{
    IStatement Int(long? value);
    IStatement Real(double? value);
    IStatement Text(string? value);
    IStatement Time(DateTimeOffset? value);
    IStatement Flag(bool value);
    IStatement Bytes(ReadOnlyMemory<byte> value);

    /// <summary>Many texts as one value; the statement takes them apart (see <see cref="SqlRead.AnyOf"/>).</summary>
    IStatement Texts(IReadOnlyList<string> values);

    /// <summary>Many numbers as one value.</summary>
    IStatement Ints(IReadOnlyList<long> values);

    /// <summary>Writes. PostgreSQL keeps the values until the commit and sends them all at once.</summary>
    void Run();

    /// <summary>Reads; dispose before the statement is used again.</summary>
    IRows Rows();
}

/// <summary>The row that a read stands at.</summary>
internal interface IRow
{
    bool IsNull(int column);
    long Int(int column);
    double Real(int column);
    string Text(int column);
    DateTimeOffset Time(int column);
    bool Flag(int column);
    byte[] Bytes(int column);
}

/// <summary>The rows of a read, one after the other.</summary>
internal interface IRows : IRow, IDisposable
{
    bool Next();
}

internal static class RowExtensions
{
    public static string? TextOrNull(this IRow row, int column) => row.IsNull(column) ? null : row.Text(column);

    public static long? IntOrNull(this IRow row, int column) => row.IsNull(column) ? null : row.Int(column);

    public static DateTimeOffset? TimeOrNull(this IRow row, int column) => row.IsNull(column) ? null : row.Time(column);
}
