using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Tasklane.TestHost.Tests;

/// <summary>What the page shows is what is compiled and run here.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void Every_piece_of_code_on_the_page_is_in_the_examples()
    {
        var here = Path.GetDirectoryName(ThisFile())!;
        var code = Lines(File.ReadAllText(Path.Combine(here, "Examples.cs")) + File.ReadAllText(Path.Combine(here, "WatchedClock.cs")));
        var page = File.ReadAllText(Path.Combine(here, "../../docs/testing-functions.md"));
        var pieces = CodeBlock().Matches(page).Select(block => Lines(block.Groups[1].Value)).ToList();
        Assert.NotEmpty(pieces);
        Assert.All(pieces, piece => Assert.Contains(piece, code, StringComparison.Ordinal));
    }

    private static string Lines(string text) =>
        string.Join('\n', text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
