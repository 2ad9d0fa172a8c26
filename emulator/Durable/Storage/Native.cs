using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tasklane.Emulator.Durable.Storage;

/// <summary>
/// SQLite's C functions, as the package's native library exports them. Called with plain pointers: safe handles cost two
/// interlocked operations a call, and the writer makes millions of calls a second. Calls that only note a value do not leave
/// the managed mode of the thread.
/// </summary>
internal static unsafe partial class Native
{
    public const int Ok = 0, Row = 100, Done = 101;
    public const int OpenReadWrite = 2, OpenCreate = 4, OpenNoMutex = 0x8000;
    public const int TypeNull = 5;
    public const int StatusCacheWrite = 9;

    /// <summary>The bytes stay where they are until the statement has run.</summary>
    public const nint Static = 0;

    /// <summary>SQLite must copy the bytes.</summary>
    public const nint Transient = -1;

    private const string Library = "e_sqlite3";

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sqlite3_open_v2(string filename, out nint db, int flags, nint vfs);

    [LibraryImport(Library)]
    public static partial int sqlite3_close_v2(nint db);

    [LibraryImport(Library)]
    public static partial int sqlite3_busy_timeout(nint db, int milliseconds);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sqlite3_exec(nint db, string sql, nint callback, nint argument, nint error);

    [LibraryImport(Library)]
    public static partial nint sqlite3_errmsg(nint db);

    [LibraryImport(Library)]
    public static partial int sqlite3_db_status(nint db, int what, out int current, out int highest, int reset);

    [LibraryImport(Library)]
    public static partial int sqlite3_get_autocommit(nint db);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sqlite3_prepare_v2(nint db, string sql, int length, out nint statement, nint tail);

    [LibraryImport(Library)]
    public static partial int sqlite3_finalize(nint statement);

    [LibraryImport(Library)]
    public static partial int sqlite3_step(nint statement);

    [LibraryImport(Library)]
    public static partial int sqlite3_reset(nint statement);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial int sqlite3_bind_int64(nint statement, int index, long value);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial int sqlite3_bind_null(nint statement, int index);

    [LibraryImport(Library)]
    public static partial int sqlite3_bind_text(nint statement, int index, byte* text, int length, nint lifetime);

    [LibraryImport(Library)]
    public static partial int sqlite3_bind_blob(nint statement, int index, byte* blob, int length, nint lifetime);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial long sqlite3_column_int64(nint statement, int column);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial int sqlite3_column_type(nint statement, int column);

    [LibraryImport(Library)]
    public static partial byte* sqlite3_column_blob(nint statement, int column);

    [LibraryImport(Library)]
    public static partial byte* sqlite3_column_text(nint statement, int column);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial int sqlite3_column_bytes(nint statement, int column);

    /// <summary>The same as binding bytes that stay, for a call so short.</summary>
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text"), SuppressGCTransition]
    public static partial int BindStayingText(nint statement, int index, byte* text, int length, nint lifetime);

    /// <inheritdoc cref="BindStayingText"/>
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob"), SuppressGCTransition]
    public static partial int BindStayingBlob(nint statement, int index, byte* blob, int length, nint lifetime);
}
