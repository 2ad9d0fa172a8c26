namespace Tasklane.Tasks.Market;

/// <summary>A branch of the economy.</summary>
public sealed record Sector(string Code, string Name);

/// <param name="Sector">Code of its sector.</param>
public sealed record Stock(string Code, string Name, string Sector);

/// <summary>A stock's day.</summary>
/// <param name="Code">Of the stock.</param>
/// <param name="Volume">Shares traded.</param>
public sealed record Price(string Code, DateOnly Day, double Open, double High, double Low, double Close, long Volume);

/// <summary>
/// Market data, the same for all users. Saving the same once more changes nothing; of rows with the same key the last one counts. Errors as
/// in <see cref="Storing.ITaskStore"/>.
/// </summary>
public interface IMarketStore
{
    /// <summary>At most so many rows are saved at once.</summary>
    const int MostAtOnce = 500;

    /// <summary>Saves sectors; those that are there already only where <paramref name="overwrite"/> says so. Returns how many were written.</summary>
    Task<int> SaveAsync(IReadOnlyList<Sector> sectors, bool overwrite, CancellationToken cancellation);

    /// <inheritdoc cref="SaveAsync(IReadOnlyList{Sector}, bool, CancellationToken)"/>
    Task<int> SaveAsync(IReadOnlyList<Stock> stocks, bool overwrite, CancellationToken cancellation);

    /// <summary>As above; all prices are of one day.</summary>
    Task<int> SaveAsync(IReadOnlyList<Price> prices, bool overwrite, CancellationToken cancellation);

    /// <summary>Sectors in the order of their codes.</summary>
    Task<IReadOnlyList<Sector>> SectorsAsync(string? after, int limit, CancellationToken cancellation);

    /// <summary>Stocks in the order of their codes; null sector = all.</summary>
    Task<IReadOnlyList<Stock>> StocksAsync(string? sector, string? after, int limit, CancellationToken cancellation);

    /// <summary>A stock's prices from a day to another, oldest first.</summary>
    Task<IReadOnlyList<Price>> PricesAsync(string code, DateOnly from, DateOnly to, CancellationToken cancellation);
}
