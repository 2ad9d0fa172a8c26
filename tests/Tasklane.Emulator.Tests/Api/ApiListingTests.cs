using Microsoft.DurableTask;
using Xunit;

namespace Tasklane.Emulator.Tests.Api;

/// <summary>Whatever compiles against emulator/Api compiles against the real packages: their listings are the witness.</summary>
public sealed class ApiListingTests
{
    /// <summary>The namespaces of the real packages that emulator/Api stands in for.</summary>
    private static readonly string[] Namespaces =
    [
        "Microsoft.Azure.Functions.Worker",
        "Microsoft.Azure.Functions.Worker.Builder",
        "Microsoft.Azure.Functions.Worker.Context.Features",
        "Microsoft.Azure.Functions.Worker.Converters",
        "Microsoft.Azure.Functions.Worker.Extensions.Abstractions",
        "Microsoft.Azure.Functions.Worker.Extensions.DurableTask",
        "Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http",
        "Microsoft.Azure.Functions.Worker.Extensions.Http.Converters",
        "Microsoft.Azure.Functions.Worker.Extensions.Redis",
        "Microsoft.Azure.Functions.Worker.Http",
        "Microsoft.Azure.Functions.Worker.Middleware",
        "Microsoft.DurableTask",
        "Microsoft.DurableTask.Abstractions",
        "Microsoft.DurableTask.Client",
        "Microsoft.DurableTask.Client.Entities",
        "Microsoft.DurableTask.Converters",
        "Microsoft.DurableTask.Entities",
        "Microsoft.DurableTask.Internal",
        "Microsoft.DurableTask.Worker",
        "Microsoft.Extensions.DependencyInjection",
        "Microsoft.Extensions.Hosting",
        "Microsoft.Extensions.Logging",
    ];

    /// <summary>Of packages that those of the listings depend on: exceptions an app catches.</summary>
    private static readonly string[] UnlistedNamespaces = ["DurableTask.Core.Exceptions", "Grpc.Core"];

    private static Type[] PublicTypes => typeof(TaskName).Assembly.GetExportedTypes();

    [Fact]
    public void Every_public_type_and_member_is_as_the_real_packages_have_it()
    {
        if (SdkListing.FindBesideCheckout() is not { } listing)
        {
            // The listing is kept beside the checkout; without it the namespaces are all that can be judged.
            Public_types_stand_in_known_namespaces();
            return;
        }

        var types = PublicTypes.Where(StandsInForARealOne).ToArray();

        var differences = types.SelectMany(type => Differences(listing, type)).ToArray();

        Assert.True(listing.TypeCount > 200, "the listing was read");
        Assert.True(types.Length > 150, "the types were found");
        Assert.True(differences.Length == 0, string.Join("\n\n", differences));
    }

    [Fact]
    public void Public_types_stand_in_known_namespaces()
    {
        var strays = PublicTypes
            .Where(type => StandsInForARealOne(type) ? !Namespaces.Contains(type.Namespace) : !BelongsToTheEmulator(type))
            .Select(type => type.FullName);

        Assert.Empty(strays);
    }

    private static bool StandsInForARealOne(Type type) => type.Namespace!.StartsWith("Microsoft.", StringComparison.Ordinal);

    private static bool BelongsToTheEmulator(Type type) =>
        type.Namespace!.StartsWith("Tasklane.Emulator", StringComparison.Ordinal) || UnlistedNamespaces.Contains(type.Namespace);

    private static IEnumerable<string> Differences(SdkListing listing, Type type) =>
        listing.Differences(SignaturePrinter.TypeLine(type), SignaturePrinter.MemberLines(type));
}
