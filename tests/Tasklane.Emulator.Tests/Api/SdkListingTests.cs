using Xunit;

namespace Tasklane.Emulator.Tests.Api;

/// <summary>The comparison itself: what is right passes, each kind of mistake is named.</summary>
public sealed class SdkListingTests
{
    private static readonly string[] Right =
    [
        "TYPE public class Tasklane.Emulator.Tests.Api.Sample",
        "  ctor public Sample(string name, int? count = null)",
        "  prop public string Name { get; }",
        "  prop public int? Count { get; init; }",
        "  method public virtual Task<string?> FindAsync<T>(IEnumerable<T> items, CancellationToken cancellation = default) "
            + "where T : class",
        "  method public static bool TryTake(out string? item)   [Obsolete(\"Gone.\")]",
    ];

    [Fact]
    public void Type_as_listed_passes() => Assert.Empty(Compare(Right));

    [Fact]
    public void Member_missing_here_passes() => Assert.Empty(Compare([.. Right, "  method public void MissingHere()"]));

    [Fact]
    public void Type_in_no_listing_is_named() =>
        Assert.Contains("in no listing", Assert.Single(Compare(["TYPE public class Other.Sample2"])), StringComparison.Ordinal);

    [Theory]
    [InlineData("public class", "public sealed class")]
    [InlineData("public class", "public record class")]
    [InlineData("string name,", "string title,")]
    [InlineData("string name,", "string? name,")]
    [InlineData("int? count = null", "int? count")]
    [InlineData("{ get; init; }", "{ get; set; }")]
    [InlineData("public virtual", "public")]
    [InlineData("where T : class", "where T : class, new()")]
    [InlineData("out string? item", "out string item")]
    [InlineData("Gone.", "Going.")]
    public void Listing_that_differs_is_named(string asIs, string asListed)
    {
        var listed = Right.Select(line => line.Replace(asIs, asListed, StringComparison.Ordinal)).ToArray();

        var difference = Assert.Single(Compare(listed));

        Assert.Contains("Tasklane.Emulator.Tests.Api.Sample", difference, StringComparison.Ordinal);
        Assert.Contains(asIs, difference, StringComparison.Ordinal);
        Assert.Contains(asListed, difference, StringComparison.Ordinal);
    }

    private static string[] Compare(string[] listing) =>
    [
        .. SdkListing.Read(listing)
            .Differences(SignaturePrinter.TypeLine(typeof(Sample)), SignaturePrinter.MemberLines(typeof(Sample))),
    ];
}

/// <summary>Something to print.</summary>
public class Sample(string name, int? count = null)
{
    public string Name { get; } = name;

    public int? Count { get; init; } = count;

    internal int Hidden { get; }

    [Obsolete("Gone.")]
    public static bool TryTake(out string? item)
    {
        item = null;
        return false;
    }

    public virtual Task<string?> FindAsync<T>(IEnumerable<T> items, CancellationToken cancellation = default)
        where T : class => Task.FromResult(items.FirstOrDefault()?.ToString());
}
