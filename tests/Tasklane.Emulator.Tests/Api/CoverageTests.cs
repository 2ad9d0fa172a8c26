using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Xunit;

namespace Tasklane.Emulator.Tests.Api;

/// <summary>COVERAGE.md names every binding, and everything that the real packages have and the emulator has not.</summary>
public sealed class CoverageTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(RoomsTests.Root, "emulator", "COVERAGE.md"));

    [Fact]
    public void Every_binding_is_named()
    {
        var bindings = typeof(BindingAttribute).Assembly.GetExportedTypes()
            .Where(type => type.IsSubclassOf(typeof(BindingAttribute)) && !type.IsAbstract)
            .Select(type => type.Name[..^"Attribute".Length])
            .ToArray();

        Assert.True(bindings.Length > 15, "the bindings were found");
        Assert.All(bindings, name => Assert.True(IsNamed(name), name));
    }

    [Fact]
    public void Everything_left_out_is_named()
    {
        Assert.True(IsNamed("ServerlessHub"), "names are found");
        Assert.False(IsNamed("NothingOfThatName"), "other names are not");
        if (SdkListing.FindBesideCheckout() is not { } listing)
            return;

        var types = typeof(BindingAttribute).Assembly.GetExportedTypes();
        var missing = listing.Missing(types.ToDictionary(SignaturePrinter.TypeLine, SignaturePrinter.MemberLines)).ToArray();

        Assert.NotEmpty(missing);
        Assert.All(missing, name => Assert.True(IsNamed(name), name));
    }

    private static bool IsNamed(string name) =>
        Document.Contains($"`{name}`", StringComparison.Ordinal) || Document.Contains($".{name}`", StringComparison.Ordinal);
}
