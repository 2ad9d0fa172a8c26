using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Tasklane.Emulator.Durable.Storage;

/// <summary>A prepared statement. Parameters and columns are numbered: from 1 and from 0, as SQLite has it.</summary>
internal sealed unsafe class Statement(Connection connection, nint handle, string sql) : IDisposable
{
    private const int ScratchSize = 4096;

    // Texts bound for one run lie here as UTF-8, so that SQLite needs no copies of them.
    private readonly byte* scratch = (byte*)NativeMemory.Alloc(ScratchSize);
    private nint handle = handle;
    private int used;

    public Statement Bind(int index, long value)
    {
        Check(Native.sqlite3_bind_int64(handle, index, value));
        return this;
    }

    /// <summary>Binds bytes that SQLite copies.</summary>
    public Statement Bind(int index, ReadOnlySpan<byte> blob)
    {
        fixed (byte* start = blob)
        {
            // Without an address SQLite would take it for NULL.
            var empty = (byte)0;
            var code = Native.sqlite3_bind_blob(handle, index, start is null ? &empty : start, blob.Length, Native.Transient);
            Check(code);
        }

        return this;
    }

    /// <summary>Binds bytes that lie still until the statement has run, and are not none.</summary>
    public Statement BindPinned(int index, ReadOnlySpan<byte> blob)
    {
        fixed (byte* start = blob)
            Check(Native.BindStayingBlob(handle, index, start, blob.Length, Native.Static));
        return this;
    }

    public Statement Bind(int index, string? text)
    {
        if (text is null)
        {
            Check(Native.sqlite3_bind_null(handle, index));
        }
        else if (Encoding.UTF8.GetMaxByteCount(text.Length) is var size && size <= ScratchSize - used)
        {
            var at = scratch + used;
            var length = Encoding.UTF8.GetBytes(text, new Span<byte>(at, size));
            used += length;
            Check(Native.BindStayingText(handle, index, at, length, Native.Static));
        }
        else
        {
            BindLong(index, text, size);
        }

        return this;
    }

    /// <returns>Whether there is a row to read.</returns>
    public bool Step()
    {
        var code = Native.sqlite3_step(handle);
        if (code == Native.Row)
            return true;
        Reset();
        if (code != Native.Done)
            Check(code);
        return false;
    }

    /// <summary>Runs a statement that answers no rows.</summary>
    public void Run()
    {
        if (Step())
            Reset();
    }

    /// <summary>Ends reading before the last row.</summary>
    public void Reset()
    {
        _ = Native.sqlite3_reset(handle);
        used = 0;
    }

    public long Long(int column) => Native.sqlite3_column_int64(handle, column);

    public string? Text(int column)
    {
        if (Native.sqlite3_column_type(handle, column) == Native.TypeNull)
            return null;
        var text = Native.sqlite3_column_text(handle, column);
        return Encoding.UTF8.GetString(text, Native.sqlite3_column_bytes(handle, column));
    }

    /// <summary>Valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column)
    {
        var blob = Native.sqlite3_column_blob(handle, column);
        return new ReadOnlySpan<byte>(blob, Native.sqlite3_column_bytes(handle, column));
    }

    public void Dispose()
    {
        if (handle == 0)
            return;
        connection.Forget(this);
        _ = Native.sqlite3_finalize(handle);
        handle = 0;
        NativeMemory.Free(scratch);
    }

    private void BindLong(int index, string text, int size)
    {
        var rented = ArrayPool<byte>.Shared.Rent(size);
        var length = Encoding.UTF8.GetBytes(text, rented);
        fixed (byte* start = rented)
            Check(Native.sqlite3_bind_text(handle, index, start, length, Native.Transient));
        ArrayPool<byte>.Shared.Return(rented);
    }

    private void Check(int code)
    {
        if (code != Native.Ok)
            connection.Check(code, sql);
    }
}
