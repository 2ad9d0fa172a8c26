using System.Globalization;
using Tasklane.Stores.Sql.Reading;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks.Market;

namespace Tasklane.Stores.Sql;

/// <summary>Market data in tables of its own in the same database.</summary>
internal sealed class SqlMarketStore(SqlDatabase database) : IMarketStore
{
    private const string DayFormat = "yyyy-MM-dd";

    private static readonly SqlRead KnownSectors = new("select code from market_sectors where code {any:1}");
    private static readonly SqlRead KnownStocks = new("select code from market_stocks where code {any:1}");
    private static readonly SqlRead KnownPrices = new("select code from market_prices where code {any:1} and day = $2");
    private static readonly SqlRead Sectors = new("select code, name from market_sectors where code > $1 order by code limit $2");
    private static readonly SqlRead Stocks = new("select code, name, sector from market_stocks where code > $1 order by code limit $2");
    private static readonly SqlRead StocksOf = new("select code, name, sector from market_stocks where sector = $1 and code > $2 order by code limit $3");
    private static readonly SqlRead Prices = new(
        "select code, day, open, high, low, close, volume from market_prices where code = $1 and day >= $2 and day <= $3 order by day");

    public Task<int> SaveAsync(IReadOnlyList<Sector> sectors, bool overwrite, CancellationToken cancellation) => SaveAsync(
        sectors, sector => sector.Code, KnownSectors, null, overwrite, Writes.MarketSector, (statement, sector) => statement.Text(sector.Code).Text(sector.Name), cancellation);

    public Task<int> SaveAsync(IReadOnlyList<Stock> stocks, bool overwrite, CancellationToken cancellation) => SaveAsync(
        stocks, stock => stock.Code, KnownStocks, null, overwrite, Writes.MarketStock,
        (statement, stock) => statement.Text(stock.Code).Text(stock.Name).Text(stock.Sector), cancellation);

    public Task<int> SaveAsync(IReadOnlyList<Price> prices, bool overwrite, CancellationToken cancellation) => SaveAsync(
        prices, price => price.Code, KnownPrices, prices.Count == 0 ? "" : DayOf(prices[0].Day), overwrite, Writes.MarketPrice,
        (statement, price) => statement.Text(price.Code).Text(DayOf(price.Day)).Real(price.Open).Real(price.High).Real(price.Low).Real(price.Close).Int(price.Volume), cancellation);

    public async Task<IReadOnlyList<Sector>> SectorsAsync(string? after, int limit, CancellationToken cancellation) => await database.Reads.RunAsync(
        reader => reader.ListAsync(Sectors, statement => statement.Text(after ?? "").Int(limit), row => new Sector(row.Text(0), row.Text(1))), cancellation);

    public async Task<IReadOnlyList<Stock>> StocksAsync(string? sector, string? after, int limit, CancellationToken cancellation) => await database.Reads.RunAsync(
        reader => sector is null
            ? reader.ListAsync(Stocks, statement => statement.Text(after ?? "").Int(limit), StockOf)
            : reader.ListAsync(StocksOf, statement => statement.Text(sector).Text(after ?? "").Int(limit), StockOf),
        cancellation);

    public async Task<IReadOnlyList<Price>> PricesAsync(string code, DateOnly from, DateOnly to, CancellationToken cancellation) => await database.Reads.RunAsync(
        reader => reader.ListAsync(Prices, statement => statement.Text(code).Text(DayOf(from)).Text(DayOf(to)), PriceOf), cancellation);

    private Task<int> SaveAsync<T>(
        IReadOnlyList<T> rows, Func<T, string> codeOf, SqlRead known, string? day, bool overwrite, SqlWrite write, Func<IStatement, T, IStatement> bind, CancellationToken cancellation)
    {
        var last = rows.GroupBy(codeOf, StringComparer.Ordinal).Select(same => same.Last()).OrderBy(codeOf, StringComparer.Ordinal).ToList();
        return database.Writers.RunAsync(new Work<int>(
            transaction =>
            {
                var there = new HashSet<string>(StringComparer.Ordinal);
                if (!overwrite && last.Count > 0)
                {
                    transaction.Session.Fetch(
                        known,
                        statement =>
                        {
                            var codes = statement.Texts([.. last.Select(codeOf)]);
                            if (day is not null) codes.Text(day);
                        },
                        found =>
                        {
                            while (found.Next())
                                there.Add(found.Text(0));
                        });
                }
                var written = last.Where(row => !there.Contains(codeOf(row))).ToList();
                foreach (var row in written)
                    bind(transaction.Session.Write(write), row).Run();
                return written.Count;
            },
            [],
            cancellation)
        { IsAlone = true });
    }

    private static Stock StockOf(IRow row) => new(row.Text(0), row.Text(1), row.Text(2));

    private static Price PriceOf(IRow row) => new(
        row.Text(0), DateOnly.ParseExact(row.Text(1), DayFormat, CultureInfo.InvariantCulture), row.Real(2), row.Real(3), row.Real(4), row.Real(5), row.Int(6));

    private static string DayOf(DateOnly day) => day.ToString(DayFormat, CultureInfo.InvariantCulture);
}
