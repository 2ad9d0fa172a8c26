using System.Buffers;
using System.Text;
using SQLitePCL;

namespace Tasklane.Emulator.Durable.Storage;

/// <summary>A prepared statement. Parameters and columns are numbered: from 1 and from 0, as SQLite has it.</summary>
internal sealed class Statement(Connection connection, sqlite3_stmt handle, string sql) : IDisposable
{
    private const int OnStack = 512;

    public Statement Bind(int index, long value)
    {
        connection.Check(raw.sqlite3_bind_int64(handle, index, value), sql);
        return this;
    }

    public Statement Bind(int index, ReadOnlySpan<byte> blob)
    {
        connection.Check(raw.sqlite3_bind_blob(handle, index, blob), sql);
        return this;
    }

    public Statement Bind(int index, string? text)
    {
        if (text is null)
        {
            connection.Check(raw.sqlite3_bind_null(handle, index), sql);
            return this;
        }

        var size = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (size <= OnStack)
        {
            Span<byte> buffer = stackalloc byte[OnStack];
            BindUtf8(index, buffer[..Encoding.UTF8.GetBytes(text, buffer)]);
            return this;
        }

        var rented = ArrayPool<byte>.Shared.Rent(size);
        BindUtf8(index, rented.AsSpan(0, Encoding.UTF8.GetBytes(text, rented)));
        ArrayPool<byte>.Shared.Return(rented);
        return this;
    }

    /// <returns>Whether there is a row to read.</returns>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        if (code == raw.SQLITE_ROW)
            return true;
        var failed = code != raw.SQLITE_DONE;
        raw.sqlite3_reset(handle);
        if (failed)
            connection.Check(code, sql);
        return false;
    }

    /// <summary>Runs a statement that answers no rows.</summary>
    public void Run()
    {
        if (Step())
            Reset();
    }

    /// <summary>Ends reading before the last row.</summary>
    public void Reset() => raw.sqlite3_reset(handle);

    public long Long(int column) => raw.sqlite3_column_int64(handle, column);

    public string? Text(int column) =>
        raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL
            ? null
            : raw.sqlite3_column_text(handle, column).utf8_to_string();

    /// <summary>Valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(handle, column);

    public void Dispose()
    {
        connection.Forget(this);
        handle.Dispose();
    }

    // An empty span binds NULL in the raw API; an empty text is not NULL.
    private void BindUtf8(int index, ReadOnlySpan<byte> text) =>
        connection.Check(
            text.IsEmpty ? raw.sqlite3_bind_text(handle, index, string.Empty) : raw.sqlite3_bind_text(handle, index, text),
            sql);
}
