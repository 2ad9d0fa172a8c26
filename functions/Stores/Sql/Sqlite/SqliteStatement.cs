using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using SQLitePCL;
using Tasklane.Stores.Sql.Statements;

namespace Tasklane.Stores.Sql.Sqlite;

/// <summary>A prepared statement: values in, rows out. Times are milliseconds since 1970.</summary>
internal sealed class SqliteStatement(SqliteFile file, sqlite3_stmt statement) : IStatement, IRows
{
    private int given;

    /// <summary>Ready for new values, whatever became of the last use.</summary>
    public SqliteStatement Fresh()
    {
        raw.sqlite3_reset(statement);
        given = 0;
        return this;
    }

    public IStatement Int(long? value) =>
        Bound(value is { } number ? raw.sqlite3_bind_int64(statement, ++given, number) : raw.sqlite3_bind_null(statement, ++given));

    public IStatement Real(double? value) =>
        Bound(value is { } number ? raw.sqlite3_bind_double(statement, ++given, number) : raw.sqlite3_bind_null(statement, ++given));

    public IStatement Time(DateTimeOffset? value) => Int(value?.ToUnixTimeMilliseconds());

    public IStatement Flag(bool value) => Int(value ? 1L : 0L);

    public IStatement Text(string? value)
    {
        if (value is null) return Bound(raw.sqlite3_bind_null(statement, ++given));
        // An empty span would become NULL.
        if (value.Length == 0) return Bound(raw.sqlite3_bind_text(statement, ++given, ""));
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (most <= 1024)
        {
            Span<byte> near = stackalloc byte[1024];
            return Bound(raw.sqlite3_bind_text(statement, ++given, near[..Encoding.UTF8.GetBytes(value, near)]));
        }
        var far = ArrayPool<byte>.Shared.Rent(most);
        var code = raw.sqlite3_bind_text(statement, ++given, far.AsSpan(0, Encoding.UTF8.GetBytes(value, far)));
        ArrayPool<byte>.Shared.Return(far);
        return Bound(code);
    }

    public IStatement Bytes(ReadOnlyMemory<byte> value) => Bound(value.IsEmpty
        ? raw.sqlite3_bind_zeroblob(statement, ++given, 0)
        : raw.sqlite3_bind_blob(statement, ++given, value.Span));

    public IStatement Texts(IReadOnlyList<string> values) => Text(JsonSerializer.Serialize(values));

    public IStatement Ints(IReadOnlyList<long> values) =>
        Text($"[{string.Join(',', values.Select(value => value.ToString(CultureInfo.InvariantCulture)))}]");

    public void Run()
    {
        var code = raw.sqlite3_step(statement);
        // The message belongs to the failed step, so it is asked for before the reset.
        try
        {
            file.Check(code);
        }
        finally
        {
            Fresh();
        }
    }

    public IRows Rows() => this;

    public bool Next()
    {
        var code = raw.sqlite3_step(statement);
        file.Check(code);
        return code == raw.SQLITE_ROW;
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    public long Int(int column) => raw.sqlite3_column_int64(statement, column);

    public double Real(int column) => raw.sqlite3_column_double(statement, column);

    public bool Flag(int column) => Int(column) != 0;

    public DateTimeOffset Time(int column) => DateTimeOffset.FromUnixTimeMilliseconds(Int(column));

    // By length, not up to the first zero: a text may hold one.
    public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(statement, column));

    public byte[] Bytes(int column) => raw.sqlite3_column_blob(statement, column).ToArray();

    /// <summary>The end of one use; the statement itself lives as long as its file.</summary>
    void IDisposable.Dispose() => Fresh();

    /// <summary>The end for good.</summary>
    public void Finish() => statement.Dispose();

    private SqliteStatement Bound(int code)
    {
        file.Check(code);
        return this;
    }
}
