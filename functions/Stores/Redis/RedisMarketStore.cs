using System.Globalization;
using System.Text.Json;
using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Market;

namespace Tasklane.Stores.Redis;

/// <summary>Market data in Redis: a hash of sectors, one of stocks, and one of each stock's prices by day; codes in sorted sets.</summary>
public sealed class RedisMarketStore : IMarketStore
{
    private readonly RedisConnection _connection;
    private readonly RedisKeys _keys;
    private readonly RedisScript _save;

    /// <param name="connection">Shared by the stores of a process; whoever made it closes it.</param>
    public RedisMarketStore(RedisConnection connection, TasklaneOptions options)
    {
        (_connection, _keys) = (connection, new RedisKeys(options.Hub));
        _save = new RedisScripts(_keys, options).Load("save_market");
    }

    /// <inheritdoc/>
    public Task<int> SaveAsync(IReadOnlyList<Sector> sectors, bool overwrite, CancellationToken cancellation) =>
        SaveAsync(_keys.Sectors, _keys.SectorCodes, overwrite, sectors.Select(sector => (sector.Code, Json(sector))), cancellation);

    /// <inheritdoc/>
    public Task<int> SaveAsync(IReadOnlyList<Stock> stocks, bool overwrite, CancellationToken cancellation) =>
        SaveAsync(_keys.Stocks, _keys.StockCodes, overwrite, stocks.Select(stock => (stock.Code, Json(stock))), cancellation);

    /// <inheritdoc/>
    public async Task<int> SaveAsync(IReadOnlyList<Price> prices, bool overwrite, CancellationToken cancellation)
    {
        var saved = await Task.WhenAll(prices.Select(price => SaveAsync(
            _keys.Prices(price.Code), _keys.PriceDays(price.Code), overwrite, [(price.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Json(price))], cancellation)));
        return saved.Sum();
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Sector>> SectorsAsync(string? after, int limit, CancellationToken cancellation) =>
        await ReadAsync<Sector>(_keys.Sectors, await CodesAsync(_keys.SectorCodes, after, limit, cancellation), cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Stock>> StocksAsync(string? sector, string? after, int limit, CancellationToken cancellation)
    {
        var found = new List<Stock>();
        while (found.Count < limit)
        {
            // A sector's stocks are looked for among all: there are some thousands of them.
            var codes = await CodesAsync(_keys.StockCodes, after, sector is null ? limit : Math.Max(limit, 1_000), cancellation);
            var some = await ReadAsync<Stock>(_keys.Stocks, codes, cancellation);
            found.AddRange(some.Where(stock => sector is null || stock.Sector == sector));
            if (sector is null || codes.Length < Math.Max(limit, 1_000))
                break;
            after = codes[^1];
        }
        return [.. found.Take(limit)];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Price>> PricesAsync(string code, DateOnly from, DateOnly to, CancellationToken cancellation)
    {
        RedisValue Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var days = await _connection.CallAsync(database => database.SortedSetRangeByValueAsync(_keys.PriceDays(code), Day(from), Day(to)), cancellation);
        return await ReadAsync<Price>(_keys.Prices(code), days, cancellation);
    }

    private Task<RedisValue[]> CodesAsync(RedisKey codes, string? after, int limit, CancellationToken cancellation) => _connection.CallAsync(
        database => database.SortedSetRangeByValueAsync(codes, after ?? RedisValue.Null, exclude: after is null ? Exclude.None : Exclude.Start, take: limit), cancellation);

    private async Task<IReadOnlyList<T>> ReadAsync<T>(RedisKey rows, RedisValue[] codes, CancellationToken cancellation)
    {
        if (codes.Length == 0)
            return [];
        var found = await _connection.CallAsync(database => database.HashGetAsync(rows, codes), cancellation);
        return [.. found.Where(row => !row.IsNull).Select(row => JsonSerializer.Deserialize<T>((string)row!, JsonSerializerOptions.Web)!)];
    }

    private async Task<int> SaveAsync(RedisKey rows, RedisKey codes, bool overwrite, IEnumerable<(string Code, string Row)> all, CancellationToken cancellation)
    {
        RedisValue[] arguments = [overwrite ? 1 : 0, .. all.GroupBy(one => one.Code, StringComparer.Ordinal).Select(same => same.Last()).SelectMany(one => new RedisValue[] { one.Code, one.Row })];
        return (int)await _connection.RunAsync(_save, [rows, codes], arguments, cancellation);
    }

    private static string Json<T>(T row) => JsonSerializer.Serialize(row, JsonSerializerOptions.Web);
}
