using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;
using Tasklane.Handlers.Importing;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Market;

namespace Tasklane.Handlers.MarketData;

/// <summary>Reads market data from CSV files in the directory of the settings.</summary>
public sealed class MarketSource(IOptions<TasklaneOptions> options)
{
    private static readonly string[] SectorColumns = ["code", "name"];
    private static readonly string[] StockColumns = ["code", "name", "sector"];
    private static readonly string[] PriceColumns = ["code", "open", "high", "low", "close", "volume"];

    /// <summary>All sectors.</summary>
    /// <exception cref="TaskFailedException">There is no file, or a line of it cannot be used: <c>market_data_missing</c>, <c>market_data_broken</c>.</exception>
    public Task<List<Sector>> SectorsAsync(CancellationToken cancellation) =>
        ReadAsync("sectors.csv", SectorColumns, fields => new Sector(fields[0], fields[1]), cancellation)!;

    /// <inheritdoc cref="SectorsAsync"/>
    public Task<List<Stock>> StocksAsync(CancellationToken cancellation) =>
        ReadAsync("stocks.csv", StockColumns, fields => new Stock(fields[0], fields[1], fields[2]), cancellation)!;

    /// <summary>The prices of a day; null when there is no file of it, as on days without trading.</summary>
    public Task<List<Price>?> PricesAsync(DateOnly day, CancellationToken cancellation) => ReadAsync(
        Path.Combine("prices", $"{day:yyyy-MM-dd}.csv"), PriceColumns,
        fields => new Price(fields[0], day, Number(fields[1]), Number(fields[2]), Number(fields[3]), Number(fields[4]), long.Parse(fields[5], NumberStyles.None, CultureInfo.InvariantCulture)),
        cancellation, mayBeMissing: true);

    /// <summary>Days of which there are prices, the newest last.</summary>
    public IReadOnlyList<DateOnly> Days()
    {
        var prices = Path.Combine(Root(), "prices");
        if (!Directory.Exists(prices))
            return [];
        return [.. Directory.EnumerateFiles(prices, "*.csv")
            .Select(file => DateOnly.TryParseExact(Path.GetFileNameWithoutExtension(file), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : (DateOnly?)null)
            .OfType<DateOnly>().Order()];
    }

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private string Root() => options.Value.MarketData.Directory is { Length: > 0 } directory ? directory
        : throw new TaskFailedException("market_data_missing", "There is no market data: whoever runs Tasklane sets Tasklane:MarketData:Directory.", retry: false);

    private async Task<List<T>?> ReadAsync<T>(string name, string[] columns, Func<string[], T> read, CancellationToken cancellation, bool mayBeMissing = false)
    {
        var path = Path.Combine(Root(), name);
        if (!File.Exists(path))
        {
            return mayBeMissing ? null
                : throw new TaskFailedException("market_data_missing", $"There is no file {name} in the directory of Tasklane:MarketData:Directory.", retry: false);
        }
        await using var stream = File.OpenRead(path);
        var records = new RecordReader(stream, 0, 1, hasQuotes: true);
        var (rows, fields, places) = (new List<T>(), new List<string>(), Array.Empty<int>());
        while (await records.ReadAsync(cancellation) is { } record)
        {
            var text = Encoding.UTF8.GetString(record.Bytes.Span).TrimStart('\uFEFF');
            var problem = record.Problem ?? Csv.Split(text, ',', fields);
            if (problem is null && places.Length == 0)
            {
                places = [.. columns.Select(column => fields.FindIndex(field => field.Trim().Equals(column, StringComparison.OrdinalIgnoreCase)))];
                var missing = columns.Where((_, i) => places[i] < 0).ToList();
                if (missing.Count == 0)
                    continue;
                problem = $"does not name the columns {string.Join(", ", missing)}";
            }
            try
            {
                if (problem is null && fields.Count <= places.Max())
                    problem = $"has {fields.Count} fields";
                if (problem is null)
                    rows.Add(read([.. places.Select(place => fields[place].Trim())]));
            }
            catch (FormatException)
            {
                problem = "has a field that is no number";
            }
            if (problem is not null)
                throw new TaskFailedException("market_data_broken", $"Line {record.Line} of {name} {problem}.", retry: false);
        }
        return rows;
    }
}
