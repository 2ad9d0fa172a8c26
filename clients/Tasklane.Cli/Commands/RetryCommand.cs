using System.CommandLine;

namespace Tasklane.Cli.Commands;

internal static class RetryCommand
{
    public static Command Build()
    {
        var ids = Common.Ids();
        var watch = new Option<bool>("--watch", "-w") { Description = "Watch them until they have ended." };
        var command = new Command("retry", "Run failed or cancelled tasks again.") { ids, watch };
        command.Run(async (parsed, client, cancellation) =>
        {
            var tasks = parsed.GetRequiredValue(ids);
            var code = await CancelCommand.EachAsync(parsed, tasks, id => client.RetryAsync(id, cancellation: cancellation));
            return code == ExitCodes.Ok && parsed.GetValue(watch) ? await WatchCommand.WatchAsync(parsed, client, tasks, cancellation) : code;
        });
        return command;
    }
}
