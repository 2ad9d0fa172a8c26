using Tasklane.Emulator.Storage.Blobs;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Tests.Storage;

public sealed class BlobPathTests
{
    [Theory]
    [InlineData("in/{name}", "a/b.txt", "name=a/b.txt")]
    [InlineData("in/{name}.{ext}", "a.b.txt", "name=a.b,ext=txt")]
    [InlineData("in/original-{name}", "original-1", "name=1")]
    [InlineData("in/original-{name}", "copy-1", null)]
    [InlineData("in/{name}.txt", "a.TXT", null)]
    [InlineData("in/{{2024}}-{name}", "{2024}-x", "name=x")]
    [InlineData("in/fixed.txt", "fixed.txt", "")]
    [InlineData("in/fixed.txt", "fixedxtxt", null)]
    [InlineData("in", "anything", "")]
    public void Match_captures_what_the_names_stand_for(string path, string blob, string? captured)
    {
        var match = BlobPath.Parse(path).Match(blob);
        Assert.Equal(captured, match is null ? null : string.Join(',', match.Select(part => $"{part.Key}={part.Value}")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{container}/x")]
    [InlineData("in/{name")]
    [InlineData("in/name}")]
    [InlineData("in/{}")]
    public void Parse_refuses_what_is_no_path(string path) => Assert.Throws<FunctionErrorException>(() => BlobPath.Parse(path));

    [Theory]
    [InlineData("in/a/{name}", "a/")]
    [InlineData("in/{{x}}{name}", "{x}")]
    [InlineData("in/fixed", "fixed")]
    [InlineData("in", "")]
    public void Prefix_is_what_every_name_begins_with(string path, string prefix) => Assert.Equal(prefix, BlobPath.Parse(path).Prefix);
}
