using System.Xml.Linq;
using Tasklane.Testbed;

namespace Tasklane.Clients.Tests;

/// <summary>The clients know the API and nothing of the app.</summary>
public sealed class RoomTests
{
    [Fact]
    public void No_client_references_a_project_outside_of_their_room()
    {
        var room = Path.Combine(BuiltApps.Root, "clients");
        var references = (
            from project in Directory.EnumerateFiles(room, "*.csproj", SearchOption.AllDirectories)
            from reference in XDocument.Load(project).Descendants("ProjectReference")
            select Path.GetFullPath(reference.Attribute("Include")!.Value, Path.GetDirectoryName(project)!)).ToList();

        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.StartsWith(room + Path.DirectorySeparatorChar, reference, StringComparison.Ordinal));
    }
}
