using System.CommandLine;
using System.CommandLine.Completions;
using Tasklane.Cli.Output;
using Tasklane.Client;

namespace Tasklane.Cli.Commands;

internal static class CreateCommand
{
    private static readonly Argument<string> _type = TypeArgument();
    private static readonly Option<bool> _watch = new("--watch", "-w") { Description = "Watch it until it has ended." };
    private static readonly TaskArguments _task = new();

    public static Command Build()
    {
        var command = new Command("create", "Create a task, and print its id.") { _type, _watch };
        _task.AddTo(command);
        command.Options.Add(_task.Key);
        command.Run(async (parsed, client, cancellation) =>
        {
            var task = _task.Read(parsed, parsed.GetRequiredValue(_type));
            var created = await client.CreateAsync(task, parsed.GetValue(_task.Key), cancellation);
            if (parsed.GetValue(_watch))
                return await WatchCommand.WatchAsync(parsed, client, [created.Id], cancellation);
            if (parsed.GetValue(Common.Json))
                JsonLines.Write(created);
            else
                Console.WriteLine(created.Id);
            return ExitCodes.Ok;
        });
        return command;
    }

    public static Argument<string> TypeArgument()
    {
        var type = new Argument<string>("TYPE") { Description = "The task's type: 'tasklane types' lists them.", HelpName = "TYPE" };
        type.CompletionSources.Add(context => Common.Suggest(context, async (client, cancellation) =>
            (await client.GetTypesAsync(cancellation)).Select(known => new CompletionItem(known.Name, detail: known.Description))));
        return type;
    }
}
