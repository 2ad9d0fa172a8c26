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

    [Theory]
    [InlineData("Tasklane:Intake:Blobs", "yes", "Tasklane:Intake:Blobs is 'yes'; it must be off, events or scan.")]
    [InlineData("Tasklane:Intake:User", "", "Tasklane:Intake:User is ''; it must be 1 to 100 visible characters.")]
    [InlineData("Tasklane:Intake:EventKeys", "a-key-of-events-0123456789,short", "Tasklane:Intake:EventKeys: key 2 has 5 characters; it must have 16 to 200 visible ones.")]
    [InlineData("Tasklane:Intake:StreamClaimSeconds", "0", "Tasklane:Intake:StreamClaimSeconds is 0; it must be 1 to 3600.")]
    [InlineData("Tasklane:Intake:StreamMaxDeliveries", "101", "Tasklane:Intake:StreamMaxDeliveries is 101; it must be 1 to 100.")]
    [InlineData("Tasklane:Intake:StreamKeepHours", "-1", "Tasklane:Intake:StreamKeepHours is -1; it must be 0 to 8784.")]
    [InlineData("Tasklane:Intake:Queues", "true", "Tasklane:Intake:Queues is not a setting; Tasklane:Intake:Queue may be meant.")]
    [InlineData("APP_ENABLE_REDIS_QUEUE", "yes", "APP_ENABLE_REDIS_QUEUE is 'yes'; it must be true or false.")]
    public void A_broken_rule_of_the_intake_is_told(string name, string value, string sentence) =>
        Assert.Contains(sentence, Check((name, value)), StringComparison.Ordinal);

    [Theory]
    [InlineData("Tasklane:Outbound:TimeoutSeconds", "0", "Tasklane:Outbound:TimeoutSeconds is 0; it must be 0.1 to 300.")]
    [InlineData("Tasklane:Outbound:MaxResponseKiB", "0", "Tasklane:Outbound:MaxResponseKiB is 0; it must be 1 to 16384.")]
    [InlineData("Tasklane:Crawl:Start:0", "example.com", "Tasklane:Crawl:Start has 'example.com'; an entry must be an absolute address with http or https.")]
    [InlineData("Tasklane:Crawl:UserAgent", "1x", "Tasklane:Crawl:UserAgent is '1x'; it must be 1 to 200 ASCII characters, the first a letter.")]
    [InlineData("Tasklane:Ai:Endpoint", "localhost", "Tasklane:Ai:Endpoint is 'localhost'; it must be an absolute address with http or https")]
    [InlineData("Tasklane:Ai:Key", "se cret", "Tasklane:Ai:Key has a space or a character that no header may have.")]
    [InlineData("Tasklane:Ai:StallSeconds", "0", "Tasklane:Ai:StallSeconds is 0; it must be 0.1 to 600.")]
    [InlineData("Tasklane:Ai:MaxWaitSeconds", "241", "Tasklane:Ai:MaxWaitSeconds is 241; it must be 0 to 240.")]
    public void A_setting_of_the_handlers_that_is_out_of_range_is_told(string name, string value, string sentence) =>
        Assert.Contains(sentence, Check((name, value)), StringComparison.Ordinal);

    [Fact]
    public void A_value_of_the_wrong_type_is_told_with_its_setting()
    {
        var told = Check(("Tasklane:LeaseSeconds", "soon"));
        Assert.Contains("'Tasklane:LeaseSeconds'", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Tasklane:LeaseSecond", "3", "Tasklane:LeaseSecond is not a setting; Tasklane:LeaseSeconds may be meant.")]
    [InlineData("Tasklane:leasesecnds", "3", "Tasklane:leasesecnds is not a setting; Tasklane:LeaseSeconds may be meant.")]
    [InlineData("Tasklane:Lanes:MaxRuning", "3", "Tasklane:Lanes:MaxRuning is not a setting; Tasklane:Lanes:MaxRunning may be meant.")]
    [InlineData("Tasklane:MaxRunning", "3", "Tasklane:MaxRunning is not a setting; known are: Store, Redis,")]
    [InlineData("Tasklane:Lanes", "3", "Tasklane:Lanes is a group of settings and has no value of its own; known are: MaxRunning,")]
    [InlineData("Tasklane:LeaseSeconds:Most", "3", "Tasklane:LeaseSeconds:Most is not a setting; Tasklane:LeaseSeconds is one value.")]
    [InlineData("Tasklane:Outbound:AllowedHosts", "a.example", "Tasklane:Outbound:AllowedHosts is a list; name its entries one by one: Tasklane:Outbound:AllowedHosts:0 (in the environment Tasklane__Outbound__AllowedHosts__0).")]
    [InlineData("Tasklane:Ai:Endpont", "x", "Tasklane:Ai:Endpont is not a setting; Tasklane:Ai:Endpoint may be meant.")]
    [InlineData("Tasklane_LeaseSeconds", "3", "Tasklane_LeaseSeconds is not a setting; in the environment it is Tasklane__LeaseSeconds, with two '_'.")]
    public void A_setting_that_nothing_reads_is_told_with_the_one_that_was_meant(string name, string value, string sentence) =>
        Assert.Contains(sentence, Check((name, value)), StringComparison.Ordinal);

    [Fact]
    public void Private_endpoints_are_for_development_only()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Tasklane:Outbound:AllowedPrivate:0", (string?)"127.0.0.1:8080")]).Build();
        var errors = new StringWriter();

        Assert.True(SettingsCheck.Passes(configuration, errors, development: true), errors.ToString());
        Assert.False(SettingsCheck.Passes(configuration, errors));
        Assert.Contains("Tasklane:Outbound:AllowedPrivate lets tasks reach into this network and is for Development only", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_of_others_and_every_one_of_ours_are_known()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["tasklane:leaseseconds"] = "12",
            ["Tasklane:Lanes:Types:export"] = "2",
            ["Tasklane:Trials:EffectsFile"] = "x",
            ["TASKLANE_EMULATOR_PORT"] = "1",
            ["AzureWebJobsStorage"] = "x",
        }).Build();
        var errors = new StringWriter();
        Assert.True(SettingsCheck.Passes(configuration, errors), errors.ToString());
    }

    private static string Check(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(one => KeyValuePair.Create(one.Key, (string?)one.Value))).Build();
        var errors = new StringWriter();
        Assert.Equal(errors.ToString().Length == 0 && settings.Length == 0, SettingsCheck.Passes(configuration, errors));
        return errors.ToString();
    }
}
