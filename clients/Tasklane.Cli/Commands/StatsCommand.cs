using System.CommandLine;
using Tasklane.Cli.Output;

namespace Tasklane.Cli.Commands;

internal static class StatsCommand
{
    public static Command Build()
    {
        var command = new Command("stats", "Show how the queue is doing.");
        command.Run(async (parsed, client, cancellation) =>
        {
            var stats = await client.GetStatsAsync(cancellation);
            if (parsed.GetValue(Common.Json))
                JsonLines.Write(stats);
            else
                Tables.Write(stats);
            return ExitCodes.Ok;
        });
        return command;
    }
}
