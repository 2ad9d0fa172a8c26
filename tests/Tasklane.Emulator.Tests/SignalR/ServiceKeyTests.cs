using Tasklane.Emulator.SignalR;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Emulator.Tests.SignalR;

/// <summary>The key that is made when no connection string brings one.</summary>
public sealed class ServiceKeyTests : IDisposable
{
    private readonly TempDirectory _data = new();
    private readonly List<string> _said = [];

    private string KeyFile => Path.Combine(_data.Path, "signalr.key");

    public void Dispose() => _data.Dispose();

    [Fact]
    public void A_key_is_made_once_and_only_its_owner_may_read_it()
    {
        var key = Load();

        Assert.Equal(key, Load());
        Assert.Empty(_said);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        Assert.Equal([KeyFile], Directory.GetFiles(_data.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("tooshort")]
    [InlineData("0123456789abcdef;Endpoint=http://elsewhere;")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    public void A_key_that_is_worth_nothing_is_replaced_with_a_sentence(string damaged)
    {
        File.WriteAllText(KeyFile, damaged);

        var key = Load();

        Assert.Contains(KeyFile, Assert.Single(_said), StringComparison.Ordinal);
        Assert.Equal(44, key.Length);
        Assert.Equal(key, Load());
        Assert.Single(_said);
    }

    [Fact]
    public void A_key_that_others_may_read_is_taken_from_them()
    {
        if (OperatingSystem.IsWindows())
            return;
        var key = Load();
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        Assert.Equal(key, Load());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
    }

    [Fact]
    public void A_key_that_cannot_be_kept_is_said_in_a_sentence()
    {
        Directory.CreateDirectory(KeyFile);

        var error = Assert.Throws<InvalidOperationException>(Load);

        Assert.StartsWith("The key of the SignalR service cannot be kept: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_strings_key_that_is_too_short_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => ServiceKey.Load("Endpoint=http://localhost;AccessKey=short;", _data.Path, _said.Add));

    private string Load() => ServiceKey.Load(null, _data.Path, _said.Add).Value;
}
