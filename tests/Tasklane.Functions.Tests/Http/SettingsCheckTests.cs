using Microsoft.Extensions.Configuration;
using Tasklane.Tasks;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

public sealed class SettingsCheckTests
{
    [Fact]
    public void The_defaults_pass() => Assert.Equal("", Check());

    [Fact]
    public void Every_broken_rule_is_told()
    {
        var told = Check(("Tasklane:Store", "mongo"), ("Tasklane:LeaseSeconds", "1"), ("Tasklane:Lanes:MaxRunning", "-1"), ("Tasklane:Hub", "a b"));

        Assert.Contains("'mongo'; it must be sqlite, redis, postgres or mysql", told, StringComparison.Ordinal);
        Assert.Contains("Tasklane:LeaseSeconds is 1", told, StringComparison.Ordinal);
        Assert.Contains("Tasklane:Lanes:MaxRunning is -1", told, StringComparison.Ordinal);
        Assert.Contains("Tasklane:Hub is 'a b'", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_of_the_wrong_type_is_told_with_its_setting()
    {
        var told = Check(("Tasklane:LeaseSeconds", "soon"));
        Assert.Contains("'Tasklane:LeaseSeconds'", told, StringComparison.Ordinal);
    }

    private static string Check(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(one => KeyValuePair.Create(one.Key, (string?)one.Value))).Build();
        var errors = new StringWriter();
        Assert.Equal(errors.ToString().Length == 0 && settings.Length == 0, SettingsCheck.Passes(configuration, errors));
        return errors.ToString();
    }
}
