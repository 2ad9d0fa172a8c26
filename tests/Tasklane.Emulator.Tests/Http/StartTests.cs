using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Tests.Functions;
using Tasklane.Emulator.Worker.Protocol;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Http;

/// <summary>Starts that cannot be, and hosts side by side.</summary>
public sealed class StartTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_port_that_is_taken_is_told()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var error = await Assert.ThrowsAsync<FunctionsTestHostException>(() => StartAsync(options => options.Port = port));
        Assert.StartsWith($"Port {port} is unavailable. Close the process using that port, or specify another port", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(99999)]
    [InlineData(-1)]
    public async Task A_port_that_is_none_is_told(int port)
    {
        var error = await Assert.ThrowsAsync<FunctionsTestHostException>(() => StartAsync(options => options.Port = port));
        Assert.Equal($"The port is a number from 0 to 65535, not {port}.", error.Message);
    }

    [Theory]
    [InlineData("{", "is not valid JSON")]
    [InlineData("""{"functionTimeout":"soon"}""", "functionTimeout 'soon' is not a time span")]
    public async Task A_host_json_that_cannot_be_read_is_told(string json, string expected)
    {
        using var folder = new TempDirectory("app");
        await File.WriteAllTextAsync(folder.File("host.json"), json, Token);
        var error = await Assert.ThrowsAsync<FunctionsTestHostException>(() => StartAsync(options => options.AppDirectory = folder.Path));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--port", "99999", "--port wants a number from 0 to 65535, not '99999'.")]
    [InlineData("--port", "x", "--port wants a number from 0 to 65535, not 'x'.")]
    [InlineData("--worker", "moon", "--worker is in-process or process, not 'moon'.")]
    [InlineData("--web-root", "/nowhere/at/all", "--web-root: there is no folder /nowhere/at/all.")]
    [InlineData("--app", "/nowhere/at.dll", "--app: there is no file /nowhere/at.dll.")]
    [InlineData("--none", "1", "There is no option '--none'.")]
    public async Task A_wrong_command_line_is_told(string option, string value, string expected)
    {
        var process = await HostProcess.RunAsync(Token, "--app", typeof(Probe.Program).Assembly.Location, option, value);
        Assert.Equal(2, process.ExitCode);
        Assert.StartsWith(expected, process.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hosts_side_by_side_keep_their_ports_functions_and_prefixes()
    {
        var probe = typeof(Probe.Program).Assembly;
        var plain = typeof(PlainProbe.Program).Assembly;
        await using var first = await WebHost.StartAsync(probe, false, options => options.Functions = ["WebPlain"]);
        await using var second = await WebHost.StartAsync(probe, false, options => options.Functions = ["WebAny"]);
        await using var third = await WebHost.StartAsync(plain, false, options =>
        {
            options.Functions = ["Text"];

            // Only for workers without the ASP.NET Core integration: the other one reads host.json by itself and knows no setting.
            options.Settings["AzureFunctionsJobHost__extensions__http__routePrefix"] = "third";
        });
        Assert.Equal(3, new[] { first, second, third }.Select(host => host.BaseAddress.Port).Distinct().Count());
        foreach (var (host, answers) in new[] { (first, "/WebPlain"), (second, "/web/any"), (third, "/third/text") })
        {
            using var http = WebHost.Client(host);
            foreach (var path in (string[])["/WebPlain", "/web/any", "/third/text"])
                Assert.Equal((path, path == answers), (path, (await http.GetAsync(path, Token)).IsSuccessStatusCode));
        }
    }

    [Fact]
    public async Task A_request_under_way_when_its_worker_goes_is_503()
    {
        var asked = new Signal("the function was asked");
        var worker = new ScriptedWorker([ScriptedWorker.Http("Slow", "slow")])
        {
            Answer = _ =>
            {
                asked.Send();
                return null;
            },
        };
        await using var app = await ScriptedWorker.StartAsync(worker);
        using var http = app.CreateClient();
        var request = http.GetAsync("/slow", Token);
        await asked.WaitAsync(ct: Token);
        worker.End.SetResult("The worker's process has ended with code 139.");
        using var response = await request;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, ""), (response.StatusCode, await response.Content.ReadAsStringAsync(Token)));
    }

    [Fact]
    public async Task A_function_that_takes_longer_than_host_json_allows_fails()
    {
        var worker = new ScriptedWorker([ScriptedWorker.Http("Endless", "endless")]) { Answer = static _ => null };
        await using var app = await ScriptedWorker.StartAsync(
            worker, options => options.Settings["AzureFunctionsJobHost__functionTimeout"] = "00:00:00.05");
        using var http = app.CreateClient();
        Assert.Equal(HttpStatusCode.InternalServerError, (await http.GetAsync("/endless", Token)).StatusCode);
    }

    [Fact]
    public async Task A_function_whose_time_is_up_is_told_and_what_it_answers_then_is_not_taken()
    {
        var told = new ConcurrentQueue<string>();
        var worker = new ScriptedWorker([ScriptedWorker.Http("Slow", "slow")])
        {
            Answer = static _ => null,
            Stopped = id =>
            {
                told.Enqueue(id);
                return new InvocationResponse { InvocationId = id, Result = new StatusResult { Status = StatusResult.Types.Status.Success } };
            },
        };
        await using var app = await ScriptedWorker.StartAsync(
            worker, options => options.Settings["AzureFunctionsJobHost__functionTimeout"] = "00:00:00.05");
        using var http = app.CreateClient();
        Assert.Equal(HttpStatusCode.InternalServerError, (await http.GetAsync("/slow", Token)).StatusCode);
        Assert.Single(told);
        Assert.Contains(app.Logs, entry => entry.Message.Contains("Timeout value of 00:00:00.0500000 was exceeded by function: Functions.Slow", StringComparison.Ordinal));
    }

    private static Task<FunctionsTestHost> StartAsync(Action<FunctionsTestHostOptions> configure) =>
        ScriptedWorker.StartAsync(new ScriptedWorker([ScriptedWorker.Http("A", "a")]), configure);
}
