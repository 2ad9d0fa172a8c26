using Tasklane.Testbed;

namespace Tasklane.Clients.Tests.Cli;

/// <summary>What commands print and end with when all goes well.</summary>
public sealed class CommandTests(AppFixture app)
{
    private readonly Tool _tool = new(app.Url);

    [Fact]
    public async Task A_task_is_created_watched_shown_and_listed()
    {
        var id = (await _tool.RunAsync("create", "sleep", "--set", "seconds=0.3", "--priority", "high", "--tag", "monthly", "--timeout", "2m")).Line;

        var watched = await _tool.RunAsync("watch", id);
        var shown = await _tool.RunAsync("show", id);
        var listed = await _tool.RunAsync("list", "--status", "completed", "--tag", "monthly");
        var json = (await _tool.RunAsync("list", "--json")).Json;

        Assert.Equal(0, watched.Code);
        Assert.Contains("completed after", watched.Error, StringComparison.Ordinal);
        Assert.Contains("\"seconds\": 0.3", watched.Out, StringComparison.Ordinal);
        Assert.Contains("high", shown.Out, StringComparison.Ordinal);
        Assert.Contains("monthly", shown.Out, StringComparison.Ordinal);
        Assert.Equal(2, listed.Lines.Count);
        Assert.StartsWith(id, listed.Lines[1], StringComparison.Ordinal);
        Assert.Equal((id, 120), (Assert.Single(json).GetProperty("id").GetString(), json[0].GetProperty("timeoutSeconds").GetInt32()));
        Assert.Equal("""{"seconds":0.3,"attempt":1}""", (await _tool.RunAsync("show", id, "--result")).Line);
    }

    [Fact]
    public async Task For_scripts_each_event_is_a_line_and_the_last_is_the_task()
    {
        var lines = (await _tool.RunAsync("create", "sleep", """{"seconds": 2}""", "--watch", "--json")).Json;

        Assert.Contains("task:completed", lines.SkipLast(1).Select(line => line.GetProperty("event").GetString()));
        Assert.Equal("completed", lines[^1].GetProperty("status").GetString());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", lines[^1].GetProperty("createdAt").GetString());
    }

    [Fact]
    public async Task A_payload_comes_from_a_file_or_standard_input_too()
    {
        using var data = new TempDirectory();
        var file = Path.Combine(data.Path, "payload.json");
        await File.WriteAllTextAsync(file, """{"seconds": 0.01, "failTimes": 0}""");

        var fromFile = await _tool.RunAsync("create", "sleep", "@" + file, "--set", "seconds=0.02", "--watch", "--json");
        var fromInput = await _tool.RunAsync(["create", "sleep", "-", "--json"], """{"seconds": 0.03}""");

        Assert.Equal("""{"seconds":0.02,"failTimes":0}""", fromFile.Json[^1].GetProperty("payload").GetRawText());
        Assert.Equal("""{"seconds":0.03}""", Assert.Single(fromInput.Json).GetProperty("payload").GetRawText());
    }

    [Fact]
    public async Task The_same_command_with_the_same_key_makes_one_task()
    {
        var first = await _tool.RunAsync("create", "noop", "--key", "once");
        Assert.Equal(first.Line, (await _tool.RunAsync("create", "noop", "--key", "once")).Line);
    }

    [Fact]
    public async Task Tasks_are_cancelled_retried_and_their_logs_read()
    {
        var id = (await _tool.RunAsync("create", "sleep", "--set", "seconds=0.05", "--delay", "1h")).Line;

        Assert.Equal($"{id} cancelled", (await _tool.RunAsync("cancel", id, "--pending")).Line);
        var retried = await _tool.RunAsync("retry", id, "--watch", "--json");
        var logs = await _tool.RunAsync("logs", id, "--follow");

        Assert.Equal("completed", retried.Json[^1].GetProperty("status").GetString());
        Assert.Contains("Sleeping 0.05 s", Assert.Single(logs.Lines, line => line.Contains("Sleeping", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal("info", (await _tool.RunAsync("logs", id, "--json")).Json[0].GetProperty("level").GetString());
    }

    [Fact]
    public async Task A_file_is_downloaded_under_its_name_and_not_over_another()
    {
        using var data = new TempDirectory();
        var here = new Tool(app.Url, _tool.User) { Directory = data.Path };
        var task = await here.RunAsync("create", "export", "--set", "what=tasks", "--set", "format=csv", "--watch", "--json");
        var id = task.Json[^1].GetProperty("id").GetString()!;

        var saved = await here.RunAsync("files", "download", id, "--json");
        var again = await here.RunAsync("files", "download", id);
        var shown = await here.RunAsync("files", "download", id, "--output", "-");

        var path = Path.Combine(data.Path, Assert.Single(saved.Json).GetProperty("path").GetString()!);
        Assert.Equal(Assert.Single(Directory.GetFiles(data.Path)), path);
        Assert.Equal(shown.Out, await File.ReadAllTextAsync(path));
        Assert.Contains(id, shown.Out, StringComparison.Ordinal);
        Assert.Contains($"tasklane files download {id}", (await here.RunAsync("watch", id)).Error, StringComparison.Ordinal);
        Assert.Equal(2, again.Code);
        Assert.Contains("--force", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schedules_are_made_shown_paused_run_and_deleted()
    {
        var id = (await _tool.RunAsync("schedules", "create", "noop", "--cron", "30 2 * * *", "--time-zone", "Europe/Berlin", "--name", "nightly")).Line;

        Assert.Contains("30 2 * * * (Europe/Berlin)", (await _tool.RunAsync("schedules", "show", id)).Out, StringComparison.Ordinal);
        Assert.True((await _tool.RunAsync("schedules", "pause", id, "--json")).Json[0].GetProperty("paused").GetBoolean());
        Assert.Contains("paused", (await _tool.RunAsync("schedules", "list")).Lines[1], StringComparison.Ordinal);
        Assert.False((await _tool.RunAsync("schedules", "resume", id, "--json")).Json[0].GetProperty("paused").GetBoolean());
        Assert.Equal(0, (await _tool.RunAsync("schedules", "run", id, "--watch")).Code);
        Assert.Equal(3, (await _tool.RunAsync("schedules", "preview", "0 0 * * *", "--count", "3")).Lines.Count);
        Assert.Equal(0, (await _tool.RunAsync("schedules", "delete", id)).Code);
        Assert.Equal(3, (await _tool.RunAsync("schedules", "show", id)).Code);
    }

    [Fact]
    public async Task Types_and_counts_are_shown()
    {
        Assert.Contains(await Lines("types"), line => line.StartsWith("export ", StringComparison.Ordinal));
        Assert.Contains("\"type\": \"object\"", (await _tool.RunAsync("types", "export")).Out, StringComparison.Ordinal);
        Assert.Contains(await Lines("stats"), line => line.StartsWith("running ", StringComparison.Ordinal));
        Assert.True((await _tool.RunAsync("stats", "--json")).Json[0].GetProperty("maxRunning").GetInt32() > 0);

        async Task<IReadOnlyList<string>> Lines(string command) => (await _tool.RunAsync(command)).Lines;
    }

    [Fact]
    public async Task Completion_knows_commands_options_types_and_ids()
    {
        var id = (await _tool.RunAsync("create", "noop")).Line;

        Assert.Contains("create", await Suggested("tasklane cr"));
        Assert.Contains("--priority", await Suggested("tasklane create noop --pri"));
        Assert.Contains("high", await Suggested("tasklane create noop --priority "));
        Assert.Contains("log_analysis", await Suggested("tasklane create lo"));
        Assert.Contains(id, await Suggested("tasklane show "));
        foreach (var shell in new[] { "bash", "zsh", "pwsh" })
            Assert.Contains("[suggest:", (await _tool.RunAsync("completion", shell)).Out, StringComparison.Ordinal);

        async Task<IReadOnlyList<string>> Suggested(string line) => (await _tool.RunAsync($"[suggest:{line.Length}]", line)).Lines;
    }

    [Fact]
    public async Task The_shell_s_completion_offers_what_fits()
    {
        var offered = await ChildProcess.RunAsync(
            "bash",
            ["-c", $"tasklane() {{ dotnet '{Tool.Assembly}' \"$@\"; }}; source <(tasklane completion bash); COMP_LINE='tasklane sche'; COMP_POINT=13; COMP_WORDS=(tasklane sche); COMP_CWORD=1; _tasklane; echo \"${{COMPREPLY[@]}}\""]);

        Assert.Equal("schedules", offered.Trim());
    }
}
