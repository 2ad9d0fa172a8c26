using Tasklane.Tasks.Market;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    private static readonly DateOnly _day = new(2026, 1, 30);

    [Fact]
    public async Task Market_data_is_saved_and_listed_in_the_order_of_codes()
    {
        await using var scene = await SceneAsync();
        Assert.Equal(3, await scene.Market.SaveAsync([new Sector("c", "Cars"), new Sector("a", "Air"), new Sector("b", "银行")], overwrite: false, Ct));
        Assert.Equal(3, await scene.Market.SaveAsync([new Stock("2", "Two", "a"), new Stock("1", "One", "a"), new Stock("3", "Three", "b")], overwrite: false, Ct));

        Assert.Equal([new Sector("a", "Air"), new Sector("b", "银行"), new Sector("c", "Cars")], await scene.Market.SectorsAsync(null, 10, Ct));
        Assert.Equal(["b"], (await scene.Market.SectorsAsync("a", 1, Ct)).Select(sector => sector.Code));
        Assert.Equal(["1", "2", "3"], (await scene.Market.StocksAsync(null, null, 10, Ct)).Select(stock => stock.Code));
        Assert.Equal([new Stock("2", "Two", "a")], await scene.Market.StocksAsync("a", "1", 10, Ct));
    }

    [Fact]
    public async Task What_is_there_is_written_again_only_when_asked_for_and_the_last_of_the_same_counts()
    {
        await using var scene = await SceneAsync();
        Assert.Equal(1, await scene.Market.SaveAsync([new Sector("a", "old"), new Sector("a", "Air")], overwrite: false, Ct));

        Assert.Equal(1, await scene.Market.SaveAsync([new Sector("a", "new"), new Sector("b", "Boats")], overwrite: false, Ct));
        Assert.Equal(["Air", "Boats"], (await scene.Market.SectorsAsync(null, 10, Ct)).Select(sector => sector.Name));
        Assert.Equal(2, await scene.Market.SaveAsync([new Sector("a", "new"), new Sector("b", "Boats")], overwrite: true, Ct));
        Assert.Equal(["new", "Boats"], (await scene.Market.SectorsAsync(null, 10, Ct)).Select(sector => sector.Name));
        Assert.Equal(0, await scene.Market.SaveAsync(Array.Empty<Sector>(), overwrite: true, Ct));
    }

    [Fact]
    public async Task Prices_are_kept_by_stock_and_day()
    {
        await using var scene = await SceneAsync();
        for (var back = 3; back >= 0; back--)
            Assert.Equal(2, await scene.Market.SaveAsync([PriceOf("1", back), PriceOf("2", back)], overwrite: false, Ct));
        Assert.Equal(1, await scene.Market.SaveAsync([PriceOf("1", 0), PriceOf("3", 0)], overwrite: false, Ct));

        Assert.Equal([PriceOf("1", 2), PriceOf("1", 1)], await scene.Market.PricesAsync("1", _day.AddDays(-2), _day.AddDays(-1), Ct));
        Assert.Equal([PriceOf("3", 0)], await scene.Market.PricesAsync("3", _day.AddDays(-100), _day, Ct));
        Assert.Empty(await scene.Market.PricesAsync("4", _day.AddDays(-100), _day, Ct));

        static Price PriceOf(string code, int back) => new(code, _day.AddDays(-back), 1.5, 2.25, 1, 2 + back, 1_000_000_000_000);
    }
}
