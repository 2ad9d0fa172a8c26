using System.Diagnostics;
using System.Text.Json;
using Tasklane.Testbed;

namespace Tasklane.Clients.Tests.Cli;

/// <summary>What a run of the command line left.</summary>
internal sealed record Ran(int Code, string Out, string Error)
{
    public IReadOnlyList<string> Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Each line as JSON.</summary>
    public IReadOnlyList<JsonElement> Json => [.. Lines.Select(line => JsonElement.Parse(line))];

    /// <summary>The one line of output, of a run that did what it should.</summary>
    public string Line
    {
        get
        {
            Assert.True(Code == 0, $"{Code} {Error}");
            return Assert.Single(Lines);
        }
    }
}

/// <summary>The command line as its users have it: a process, with its output redirected.</summary>
/// <param name="url">What TASKLANE_URL says; the variable is absent when null.</param>
internal sealed class Tool(Uri? url, string? user = null)
{
    public static string Assembly => Path.Combine(BuiltApps.Output("clients/Tasklane.Cli"), "tasklane.dll");

    public string User { get; } = user ?? AppFixture.NewUser();

    public Dictionary<string, string?> Environment => new()
    {
        ["TASKLANE_URL"] = url?.ToString(),
        ["TASKLANE_USER"] = User,
        ["TASKLANE_TOKEN"] = null,
        ["TASKLANE_ROLES"] = null,
    };

    /// <summary>Where it runs.</summary>
    public string? Directory { get; init; }

    public Task<Ran> RunAsync(params string[] arguments) => RunAsync(arguments, "");

    public async Task<Ran> RunAsync(string[] arguments, string input, string? token = null)
    {
        using var process = Start(arguments, token);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"'tasklane {string.Join(' ', arguments)}' did not end.");
        }
        return new Ran(process.ExitCode, await output, await error);
    }

    /// <summary>A run that goes on by itself.</summary>
    public Process Start(string[] arguments, string? token = null)
    {
        // A shell in the background has its children ignore Ctrl+C, and they theirs.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", Assembly, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Directory ?? "",
        };
        foreach (var (name, value) in Environment)
        {
            if (value is null)
                start.Environment.Remove(name);
            else
                start.Environment[name] = value;
        }
        if (token is not null)
            start.Environment["TASKLANE_TOKEN"] = token;
        return Process.Start(start)!;
    }
}
