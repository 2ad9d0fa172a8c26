using System.Runtime.InteropServices;
using System.Text.Json;
using Tasklane.Client;
using Tasklane.Clients.Tests.Client;
using Tasklane.Testbed;

namespace Tasklane.Clients.Tests.Cli;

/// <summary>What commands say and end with when it does not go well: a sentence, the way out, and no trace of the program's insides.</summary>
public sealed class FailureTests(AppFixture app)
{
    private readonly Tool _tool = new(app.Url);

    [Fact]
    public async Task A_task_that_fails_is_1_with_its_reason()
    {
        var ran = await _tool.RunAsync("create", "sleep", "--set", "seconds=0", "--set", "failTimes=1", "--retries", "0", "--watch");
        Assert.Equal(1, ran.Code);
        Assert.Contains("Attempt 1 of 1 that fail. (asked_to_fail)", Told(ran), StringComparison.Ordinal);
        Assert.Empty(ran.Out);
    }

    [Theory]
    [InlineData("no command", "creat")]
    [InlineData("Required argument", "create")]
    [InlineData("--priority is 'urgent': it takes high, normal, low", "create", "noop", "--priority", "urgent")]
    [InlineData("--delay is 'soon': it takes 90, 90s, 5m, 2h or 1d", "create", "noop", "--delay", "soon")]
    [InlineData("is no JSON", "create", "noop", "{seconds}")]
    [InlineData("it takes NAME=VALUE", "create", "noop", "--set", "seconds")]
    [InlineData("no-such-file", "create", "noop", "@no-such-file")]
    [InlineData("give --url or TASKLANE_URL", "stats", "--url", "here")]
    public async Task What_cannot_be_understood_is_2_and_says_why(string reason, params string[] arguments)
    {
        var ran = await _tool.RunAsync(arguments);
        Assert.Equal(2, ran.Code);
        Assert.Contains(reason, Told(ran), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("No such task", "show", "00000000000000000000000000000000")]
    [InlineData("No such schedule", "schedules", "show", "00000000000000000000000000000000")]
    [InlineData("no task type 'nap'", "types", "nap")]
    public async Task What_is_not_there_is_3(string reason, params string[] arguments)
    {
        var ran = await _tool.RunAsync(arguments);
        Assert.Equal(3, ran.Code);
        Assert.Contains(reason, Told(ran), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/payload/seconds: must be at least 0, not -1", "create", "sleep", "--set", "seconds=-1")]
    [InlineData("Unknown task type", "create", "nap")]
    [InlineData("needs the role 'viewer'", "list", "--owner", "all")]
    public async Task What_is_refused_is_4_with_what_is_wrong(string reason, params string[] arguments)
    {
        var ran = await _tool.RunAsync(arguments);
        Assert.Equal(4, ran.Code);
        Assert.Contains(reason, Told(ran), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_5_and_says_where_it_is_taken_from()
    {
        var ran = await new Tool(new Uri($"http://localhost:{FreePort.Next()}")).RunAsync("stats");
        Assert.Equal(5, ran.Code);
        Assert.Contains("--url or TASKLANE_URL", Told(ran), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_else_at_the_address_is_5_too()
    {
        var ran = await new Tool(new Uri(app.Url, "elsewhere")).RunAsync("stats");
        Assert.Equal(5, ran.Code);
        Assert.Contains("Is this the address of a Tasklane service?", Told(ran), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_not_accepted_is_6_and_stands_in_no_message()
    {
        var ran = await _tool.RunAsync(["list"], "", token: "a-secret");
        Assert.Equal(6, ran.Code);
        Assert.Contains("TASKLANE_TOKEN", Told(ran), StringComparison.Ordinal);
        Assert.DoesNotContain("a-secret", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_the_others_are_gone_on_with()
    {
        var id = (await _tool.RunAsync("create", "noop", "--delay", "1h")).Line;
        var ran = await _tool.RunAsync("cancel", "00000000000000000000000000000000", id);
        Assert.Equal((3, $"{id} cancelled"), (ran.Code, Assert.Single(ran.Lines)));
    }

    [Fact]
    public async Task Ctrl_C_ends_the_watching_and_not_the_task()
    {
        await using var client = new TasklaneClient(app.Url.ToString(), TasklaneCredential.LocalUser(_tool.User));
        var task = await client.CreateAsync("sleep", new Sleep(600));
        using var watching = _tool.Start(["watch", task.Id]);
        try
        {
            Assert.NotNull(await watching.StandardError.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)));
            _ = Interrupt(watching.Id, 2);
            var rest = await watching.StandardError.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
            await watching.WaitForExitAsync();

            Assert.Equal(130, watching.ExitCode);
            Assert.Contains($"tasklane watch {task.Id}", rest, StringComparison.Ordinal);
            Assert.Equal(TaskState.Running, (await client.GetAsync(task.Id)).Status);
        }
        finally
        {
            if (!watching.HasExited)
                watching.Kill();
            await client.CancelAsync(task.Id);
        }
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_service_that_dies_and_comes_back_is_waited_for_while_watching()
    {
        using var data = new TempDirectory();
        await using var dying = await AppProcess.StartAsync(
            data.Path, new Dictionary<string, string?> { ["Tasklane__LeaseSeconds"] = "2", ["Tasklane__HeartbeatSeconds"] = "0.5" });
        using var watching = new Tool(dying.Url).Start(["create", "sleep", "--set", "seconds=2", "--watch", "--json"]);
        try
        {
            // The first event: it follows the task.
            Assert.Contains("task:", await watching.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
            await dying.KillAsync();
            await dying.RestartAsync();
            var rest = await watching.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
            await watching.WaitForExitAsync();

            Assert.True(watching.ExitCode == 0, await watching.StandardError.ReadToEndAsync());
            Assert.Equal("completed", JsonElement.Parse(rest.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).GetProperty("status").GetString());
        }
        finally
        {
            if (!watching.HasExited)
                watching.Kill();
        }
    }

    /// <summary>What it told, which is for people.</summary>
    private static string Told(Ran ran)
    {
        Assert.DoesNotContain("   at ", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", ran.Error, StringComparison.Ordinal);
        return ran.Error;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Interrupt(int processId, int signal);
}
