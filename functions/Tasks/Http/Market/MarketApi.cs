using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks.Market;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http.Market;

/// <summary>Market data as it has been loaded, for everybody who is signed in.</summary>
public sealed class MarketApi(IMarketStore market, TimeProvider time)
{
    [Function("ListSectors")]
    [QueryParameters("after", "pageSize")]
    public async Task<IResult> Sectors([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/market/sectors")] HttpRequest request)
    {
        var query = new Query(request);
        var pageSize = query.PageSize();
        var found = await market.SectorsAsync(query.Text("after"), pageSize, request.HttpContext.RequestAborted);
        return Answer("sectors", found, found.Count < pageSize ? null : found[^1].Code, static (json, sector) =>
        {
            json.WriteString("code"u8, sector.Code);
            json.WriteString("name"u8, sector.Name);
        });
    }

    [Function("ListStocks")]
    [QueryParameters("sector", "after", "pageSize")]
    public async Task<IResult> Stocks([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/market/stocks")] HttpRequest request)
    {
        var query = new Query(request);
        var pageSize = query.PageSize();
        var found = await market.StocksAsync(query.Text("sector"), query.Text("after"), pageSize, request.HttpContext.RequestAborted);
        return Answer("stocks", found, found.Count < pageSize ? null : found[^1].Code, static (json, stock) =>
        {
            json.WriteString("code"u8, stock.Code);
            json.WriteString("name"u8, stock.Name);
            json.WriteString("sector"u8, stock.Sector);
        });
    }

    /// <summary>From a day to another, the last sixty days unless told.</summary>
    [Function("ListPrices")]
    [QueryParameters("from", "to")]
    public async Task<IResult> Prices([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/market/stocks/{id}/prices")] HttpRequest request, string id)
    {
        var query = new Query(request);
        var to = Day(query, "to") ?? DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var from = Day(query, "from") ?? to.AddDays(-60);
        var found = await market.PricesAsync(id, from, to, request.HttpContext.RequestAborted);
        return Answer("prices", found, null, static (json, price) =>
        {
            json.WriteString("day"u8, price.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            json.WriteNumber("open"u8, price.Open);
            json.WriteNumber("high"u8, price.High);
            json.WriteNumber("low"u8, price.Low);
            json.WriteNumber("close"u8, price.Close);
            json.WriteNumber("volume"u8, price.Volume);
        });
    }

    private static DateOnly? Day(Query query, string name) => query.Text(name) is not { } text ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : throw InvalidRequestException.OfFields(RequestErrors.InvalidQuery, [new FieldError(name, FieldErrors.Format, "date (yyyy-MM-dd)", JsonFields.Shorten(text))]);

    private static JsonAnswer<IReadOnlyList<T>> Answer<T>(string name, IReadOnlyList<T> rows, string? next, Action<Utf8JsonWriter, T> write) =>
        new(StatusCodes.Status200OK, rows, (json, all) =>
        {
            json.WriteStartObject();
            json.WriteStartArray(name);
            foreach (var row in all)
            {
                json.WriteStartObject();
                write(json, row);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("next"u8, next);
            json.WriteEndObject();
        });
}
