using Tasklane.Stores.Sql.Statements;

namespace Tasklane.Stores.Sql.Reading;

/// <summary>Connections to read with; many at once, beside the writer, seeing everything committed before.</summary>
internal interface IReads : IAsyncDisposable
{
    /// <summary>Lends a connection for a few queries.</summary>
    Task<T> RunAsync<T>(Func<IReader, Task<T>> queries, CancellationToken cancellation);

    /// <summary>The same twice means that nothing was committed between; null where the database cannot tell.</summary>
    Task<string?> VersionAsync(CancellationToken cancellation);
}

/// <summary>A lent connection.</summary>
internal interface IReader
{
    Task<List<T>> ListAsync<T>(SqlRead read, Action<IStatement> bind, Func<IRow, T> map);
}

internal static class ReaderExtensions
{
    public static async Task<T?> FirstAsync<T>(this IReader reader, SqlRead read, Action<IStatement> bind, Func<IRow, T> map) =>
        (await reader.ListAsync(read, bind, map)) is [var first, ..] ? first : default;
}
