namespace DocsStorage;

public sealed class ShopOptions
{
    public string Currency { get; set; } = "EUR";
}

public sealed record Order(string Id, string Customer, decimal Amount);

public interface IRates
{
    Task<decimal> RateAsync(string currency);
}

public sealed class FixedRates : IRates
{
    public Task<decimal> RateAsync(string currency) => Task.FromResult(1m);
}
