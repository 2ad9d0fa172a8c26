using System.CommandLine;
using System.Globalization;
using Tasklane.Cli.Output;

namespace Tasklane.Cli.Commands;

internal static class LogsCommand
{
    public static Command Build()
    {
        var id = Common.Id();
        var level = Common.OneOf("--level", "Only lines of this level and graver ones.", "debug", "info", "warning", "error");
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the task has ended." };
        var command = new Command("logs", "Show a task's log lines, oldest first.") { id, level, follow };
        command.Run(async (parsed, client, cancellation) =>
        {
            await foreach (var line in client.LogsAsync(parsed.GetRequiredValue(id), parsed.GetValue(level), parsed.GetValue(follow), cancellation))
            {
                if (parsed.GetValue(Common.Json))
                    JsonLines.Write(line);
                else
                    Console.WriteLine($"{line.Time.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {line.Level,-7} {Sentences.Plain(line.Message)}");
            }
            return ExitCodes.Ok;
        });
        return command;
    }
}
