using System.CommandLine;
using Tasklane.Cli.Output;

namespace Tasklane.Cli.Commands;

internal static class TypesCommand
{
    public static Command Build()
    {
        var name = new Argument<string?>("NAME") { Description = "Show this one's schema.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("types", "List the types of tasks, or show the schema of one's payload.") { name };
        command.Run(async (parsed, client, cancellation) =>
        {
            var types = await client.GetTypesAsync(cancellation);
            if (parsed.GetValue(name) is { } wanted)
            {
                if (types.FirstOrDefault(type => type.Name == wanted) is not { } found)
                {
                    Errors.Write($"There is no task type '{wanted}'. Known types: {string.Join(", ", types.Select(type => type.Name))}.");
                    return ExitCodes.NotFound;
                }
                if (parsed.GetValue(Common.Json))
                    JsonLines.Write(found);
                else
                    Console.WriteLine(JsonLines.Indented(found.Schema));
            }
            else if (parsed.GetValue(Common.Json))
            {
                foreach (var type in types)
                    JsonLines.Write(type);
            }
            else
            {
                Tables.Write(types);
            }
            return ExitCodes.Ok;
        });
        return command;
    }
}
