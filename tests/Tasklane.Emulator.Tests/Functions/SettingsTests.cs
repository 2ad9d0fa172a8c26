using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Tests.Http;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Functions;

public sealed class SettingsTests
{
    [Fact]
    public void Local_settings_are_found_upwards_with_comments_numbers_and_connection_strings()
    {
        using var root = new TempDirectory();
        var below = Directory.CreateDirectory(root.File("a/b"));
        File.WriteAllText(root.File(LocalSettings.FileName), """
            {
              // a comment
              "IsEncrypted": false,
              "Values": { "A": "one", "B__C": 2, "D": true, },
              "ConnectionStrings": { "Plain": "x", "Typed": { "ConnectionString": "y", "ProviderName": "z" } },
            }
            """);
        var settings = LocalSettings.Find(below.FullName, below.FullName);
        Assert.Equal("one", settings.Values["A"]);
        Assert.Equal("2", settings.Values["B__C"]);
        Assert.Equal("true", settings.Values["D"]);
        Assert.Equal("x", settings.Values["ConnectionStrings:Plain"]);
        Assert.Equal("y", settings.Values["ConnectionStrings:Typed"]);
        Assert.Null(settings.Port);
    }

    [Theory]
    [InlineData("{", "is not valid JSON")]
    [InlineData("""{"IsEncrypted":true}""", "is encrypted")]
    public void Local_settings_that_cannot_be_read_are_told(string json, string expected)
    {
        using var root = new TempDirectory();
        File.WriteAllText(root.File(LocalSettings.FileName), json);
        var error = Assert.Throws<InvalidOperationException>(() => LocalSettings.Find(root.Path, root.Path));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instance_has_the_same_id_after_a_restart_and_another_than_others()
    {
        using var one = new TempDirectory();
        using var other = new TempDirectory();
        var first = await InstanceIdAsync(one.Path);

        Assert.Matches("^[0-9a-f]{64}$", first);
        Assert.Equal(first, await InstanceIdAsync(one.Path));
        Assert.NotEqual(first, await InstanceIdAsync(other.Path));

        static async Task<string?> InstanceIdAsync(string data)
        {
            await using var host = await WebHost.StartAsync(typeof(Probe.Program).Assembly, false, options =>
            {
                options.Functions = ["WebPlain"];
                options.DataDirectory = data;
            });
            return host.Services.GetRequiredService<IConfiguration>()["WEBSITE_INSTANCE_ID"];
        }
    }

    [Theory]
    [InlineData("{}", "api", "00:30:00")]
    [InlineData("""{"functionTimeout":"00:05:00","extensions":{"http":{"routePrefix":"v1/"}}}""", "v1", "00:05:00")]
    [InlineData("""{"functionTimeout":"-1","extensions":{"http":{"routePrefix":""}}}""", "", null)]
    public void Host_json_gives_prefix_and_timeout(string json, string prefix, string? timeout)
    {
        using var root = new TempDirectory();
        File.WriteAllText(root.File(HostJson.FileName), json);
        var host = HostJson.Read(root.Path, Configuration());
        Assert.Equal(prefix, host.RoutePrefix);
        Assert.Equal(timeout, host.FunctionTimeout?.ToString());
    }

    [Fact]
    public void Settings_override_host_json_and_levels_are_listed()
    {
        using var root = new TempDirectory();
        File.WriteAllText(root.File(HostJson.FileName), """
            {"logging":{"logLevel":{"default":"Error","Some.Category":"Debug"}},"extensions":{"durableTask":{"maxConcurrentActivityFunctions":7}}}
            """);
        var host = HostJson.Read(root.Path, Configuration(("AzureFunctionsJobHost:extensions:durableTask:maxConcurrentActivityFunctions", "9")));
        Assert.Equal("9", host.Extension("durableTask")["maxConcurrentActivityFunctions"]);
        Assert.Equal(
            [KeyValuePair.Create<string, string?>("default", "Error"), KeyValuePair.Create<string, string?>("Some.Category", "Debug")],
            host.LogLevels.OrderByDescending(l => l.Value));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("%A%", "one")]
    [InlineData("x-%A%-%B__C%-y", "x-one-two-y")]
    public void Names_between_percent_signs_are_replaced(string text, string expected) =>
        Assert.Equal(expected, new SettingNames(Configuration(("A", "one"), ("B:C", "two"))).Resolve(text));

    [Theory]
    [InlineData("%None%", "'%None%' does not resolve to a value.")]
    [InlineData("50%", "The '%' at position 2 does not have a closing '%'")]
    public void Names_that_mean_nothing_are_told(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<FunctionErrorException>(() => new SettingNames(Configuration()).Resolve(text)).Message);

    private static IConfiguration Configuration(params (string Name, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value))).Build();
}
