using Tasklane.Tasks.Http;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

public sealed class HistogramTests
{
    [Fact]
    public void Percentile_of_nothing_is_0() => Assert.Equal(0, Histogram.Merge([]).Percentile(0.99));

    [Fact]
    public void Percentile_is_found_in_the_bucket_that_holds_its_rank()
    {
        var histogram = Histogram.Merge([new Dictionary<int, long> { [0] = 50 }, new Dictionary<int, long> { [10] = 49, [20] = 1 }]);

        Assert.Equal(2, histogram.Percentile(0.5)); // the end of bucket 0
        Assert.InRange(histogram.Percentile(0.95), 1024, 2048);
        Assert.InRange(histogram.Percentile(0.999), 1 << 20, 1 << 21);
    }
}
