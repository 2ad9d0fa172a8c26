using Microsoft.Extensions.DependencyInjection;
using Probe;
using Tasklane.Emulator.Inspector;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Tests.Http;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Inspector;

/// <summary>Functions, timers, invocations and connections on the page.</summary>
public sealed class HostSectionTests(SignalRClients clients) : IClassFixture<SignalRClients>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("functions")]
    [InlineData("timers")]
    public async Task A_timer_is_listed_and_run_now_and_its_invocation_leads_back(string section)
    {
        var runs = new TimerRuns();
        await using var app = await StartAsync(["Morning"], options => options.ConfigureServices = services => services.AddSingleton(runs));
        using var http = app.CreateClient();
        var row = Assert.Single(await http.RowsAsync("timers", "?search=morn"));
        Assert.Equal(("Morning", "waiting", "0 30 9 * * *"), (row.Id(), row.Cell(0), row.Cell(2)));
        Assert.Empty(await http.RowsAsync("timers", "?search=evening"));
        var item = await http.ItemAsync(section, "Morning");
        Assert.Equal(["run"], item.Actions());
        Assert.NotNull((await http.ItemAsync("timers", "Morning")).Field("Then"));

        Assert.Equal("Morning has been started.", await http.DoAsync(section, "Morning", "run"));
        await runs.NextAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);

        var run = Assert.Single(await http.RowsAsync("invocations", "?search=morning"));
        Assert.Equal("functions/Morning", (await http.ItemAsync("invocations", run.Id())).Field("Function"));
        Assert.Equal("'Evening' cannot 'run'.", await http.FailAsync("timers", "Evening", "run"));
        Assert.Equal("'Morning' cannot 'stop'.", await http.FailAsync(section, "Morning", "stop"));
    }

    [Fact]
    public async Task A_disabled_function_is_shown_so_and_cannot_be_run()
    {
        await using var app = await StartAsync(["Morning"], options => options.Settings["AzureWebJobs.Morning.Disabled"] = "1");
        using var http = app.CreateClient();
        Assert.Equal("disabled", Assert.Single(await http.RowsAsync("functions")).Cell(0));
        Assert.Empty((await http.ItemAsync("functions", "Morning")).Actions());
        Assert.Equal("'Morning' cannot 'run'.", await http.FailAsync("functions", "Morning", "run"));
    }

    [Fact]
    public async Task A_connection_is_shown_with_its_claims_and_closed()
    {
        await using var app = await StartAsync(["negotiate"], options => options.Settings["HUB"] = "chat");
        using var http = app.CreateClient();
        Assert.Empty(await http.RowsAsync("connections"));
        var client = await clients.ConnectAsync($"{app.BaseAddress}lobby", new() { Headers = new Dictionary<string, string> { ["x-user"] = "ann" } }, Token);

        var row = Assert.Single(await http.RowsAsync("connections", "?search=ann@"));
        Assert.Equal(("chat", "ann@lobby", client.ConnectionId), (row.Cell(0)!.ToLowerInvariant(), row.Cell(1), row.Id()));
        Assert.Empty(await http.RowsAsync("connections", "?search=bob"));
        Assert.Equal(["close"], (await http.ItemAsync("connections", row.Id())).Actions());

        Assert.Equal("The connection has been closed.", await http.DoAsync("connections", row.Id(), "close"));
        Assert.Equal("The connection is gone.", await http.FailAsync("connections", row.Id(), "close"));
        await client.Closed.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);
        Assert.Equal("The connection is gone.", await http.FailAsync("connections", row.Id(), "close"));
    }

    [Fact]
    public async Task An_invocation_that_ends_while_it_is_listed_is_listed_once()
    {
        var journal = new InvocationJournal(TimeProvider.System);
        var entry = journal.Begin(new Invocation(new HostFunction(new RpcFunctionMetadata { Name = "Busy" })));
        var section = new InvocationSection(journal, new EndingClock(entry.Succeeded));
        Assert.Single((await section.ListAsync(new InspectorQuery("", null, 50), Token)).Rows);
    }

    private static Task<FunctionsTestHost> StartAsync(string[] functions, Action<FunctionsTestHostOptions> configure) =>
        WebHost.StartAsync(typeof(Probe.Program).Assembly, false, options =>
        {
            options.Functions = functions;
            configure(options);
        });

    /// <summary>Does something whenever it is asked for the time: how long what runs has taken.</summary>
    private sealed class EndingClock(Action end) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            end();
            return System.GetUtcNow();
        }
    }
}
