using Microsoft.Extensions.Configuration;
using Tasklane.Functions.Tests.Scenarios;
using Tasklane.Tasks;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Pipeline;

/// <summary>A handler that runs on must end before the host kills its worker, with its neighbours.</summary>
public sealed class HostTimeoutTests
{
    [Theory]
    [InlineData("""{"functionTimeout":"00:10:00"}""", "", 600.0)]
    [InlineData("""{"functionTimeout":"00:10:00"}""", "00:00:20", 20.0)]
    [InlineData("""{"functionTimeout":"00:10:00"}""", "-1", null)]
    [InlineData("""{"functionTimeout":"-1"}""", "", null)]
    [InlineData("""{ /* as hosts take it */ "version":"2.0", }""", "", 1800.0)]
    [InlineData(null, "", 1800.0)]
    public void Read_takes_the_override_then_the_file_then_the_hosts_default(string? file, string setting, double? seconds)
    {
        using var folder = new TempDirectory("host");
        if (file is not null)
            File.WriteAllText(folder.File("host.json"), file);
        Assert.Equal(seconds, HostTimeout.Read(Settings(("AzureFunctionsJobHost:functionTimeout", setting)), folder.Path).Limit?.TotalSeconds);
    }

    [Fact]
    public void Read_of_a_consumption_plan_knows_its_default()
    {
        using var folder = new TempDirectory("host");
        Assert.Equal(300, HostTimeout.Read(Settings(("WEBSITE_SKU", "Dynamic")), folder.Path).Limit?.TotalSeconds);
    }

    [Theory]
    [InlineData("00:04:50", "240", "do not fit into functionTimeout (290 s in host.json), of which 43.5 s are kept")]
    [InlineData("00:05:00", "245.1", "Tasklane:SliceSeconds (245.1) and Tasklane:GraceSeconds (10) do not fit")]
    [InlineData("00:10:00", "515", null)]
    [InlineData("-1", "3600", null)]
    [InlineData("soon", "1", "functionTimeout is 'soon'; it must be a time span")]
    public void A_slice_that_does_not_fit_into_the_hosts_limit_is_refused_at_start(string limit, string slice, string? sentence)
    {
        var errors = new StringWriter();
        var passes = SettingsCheck.Passes(Settings(("AzureFunctionsJobHost:functionTimeout", limit), ("Tasklane:SliceSeconds", slice)), errors);
        Assert.Equal(sentence is null, passes);
        Assert.Contains(sentence ?? "", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_that_does_not_slice_fails_before_the_host_ends_its_worker_and_its_neighbours_go_on()
    {
        await using var app = await TestApp.StartAsync(null,
            ("AzureFunctionsJobHost__functionTimeout", "00:00:06"), ("Tasklane__SliceSeconds", "1"), ("Tasklane__GraceSeconds", "0.5"));
        var alice = await app.ConnectAsync("alice");

        var endless = (await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 3600 } })).GetProperty("id").GetString()!;
        var neighbour = (await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 4 } })).GetProperty("id").GetString()!;

        var failed = await alice.EventAsync("task:failed", endless);
        var error = failed.Changed.GetProperty("error");
        Assert.Equal("slice_overrun", error.GetProperty("code").GetString());
        Assert.Contains("Outcome.Continue", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        await alice.EventAsync("task:completed", neighbour);
        // The host itself had nothing to end: each was attempted once.
        Assert.Equal(1, (await alice.TaskAsync(endless)).GetProperty("attempt").GetInt32());
        Assert.Equal(1, (await alice.TaskAsync(neighbour)).GetProperty("attempt").GetInt32());
    }

    private static IConfiguration Settings(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(one => KeyValuePair.Create(one.Key, (string?)one.Value))).Build();
}
