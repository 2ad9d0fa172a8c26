using System.CommandLine;
using System.CommandLine.Completions;
using Tasklane.Cli.Output;
using Tasklane.Client;

namespace Tasklane.Cli.Commands;

/// <summary>What commands share: their options, the client, and what failures end with.</summary>
internal static class Common
{
    private static readonly TimeSpan _completionPatience = TimeSpan.FromSeconds(2);

    public static Option<string?> Url { get; } = new("--url") { Description = "The service's address, instead of TASKLANE_URL.", Recursive = true, HelpName = "URL" };

    public static Option<bool> Json { get; } = new("--json") { Description = "For scripts: one JSON object per line.", Recursive = true };

    /// <summary>An argument of the name that help shows; without one, help would show what completion offers, and ask the service for it.</summary>
    public static Argument<string> Id(string description = "The task's id.")
    {
        var id = new Argument<string>("ID") { Description = description, HelpName = "ID" };
        id.CompletionSources.Add(TaskIds);
        return id;
    }

    public static Argument<string[]> Ids()
    {
        var ids = new Argument<string[]>("ID") { Description = "The tasks' ids.", HelpName = "ID", Arity = ArgumentArity.OneOrMore };
        ids.CompletionSources.Add(TaskIds);
        return ids;
    }


    /// <summary>An option that takes one of some words.</summary>
    public static Option<string?> OneOf(string name, string description, params string[] words)
    {
        var option = new Option<string?>(name) { Description = $"{description} One of: {string.Join(", ", words)}.", HelpName = name.TrimStart('-').ToUpperInvariant() };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } given && !words.Contains(given, StringComparer.Ordinal))
                result.AddError($"{name} is '{given}': it takes {string.Join(", ", words)}.");
        });
        option.CompletionSources.Add(words);
        return option;
    }

    public static Option<TimeSpan?> Duration(string name, string description)
    {
        var option = new Option<TimeSpan?>(name) { Description = $"{description} 90, 90s, 5m, 2h or 1d.", HelpName = "TIME" };
        option.CustomParser = result =>
        {
            if (Durations.TryParse(result.Tokens[0].Value, out var duration))
                return duration;
            result.AddError($"{name} is '{result.Tokens[0].Value}': it takes 90, 90s, 5m, 2h or 1d.");
            return null;
        };
        return option;
    }

    public static T? Enum<T>(string? name)
        where T : struct, Enum => name is null ? null : System.Enum.Parse<T>(name, ignoreCase: true);

    /// <summary>Runs a command that asks the service; failures are told in a sentence each, with the exit code that belongs to them.</summary>
    public static void Run(this Command command, Func<ParseResult, TasklaneClient, CancellationToken, Task<int>> run) =>
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                await using var client = new TasklaneClient(Connection.Options(parsed.GetValue(Url)));
                return await run(parsed, client, cancellation);
            }
            catch (TasklaneException failure)
            {
                Errors.Write(failure, Connection.UrlOf(parsed.GetValue(Url)));
                return ExitCodes.Of(failure);
            }
            catch (Exception wrong) when (wrong is ArgumentException or IOException or UnauthorizedAccessException)
            {
                Errors.Write(wrong.Message);
                return ExitCodes.Usage;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return ExitCodes.Interrupted;
            }
        });

    public static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "tasklane";

    /// <summary>For completion: nothing at all when the service does not answer at once.</summary>
    public static IEnumerable<CompletionItem> Suggest(CompletionContext context, Func<TasklaneClient, CancellationToken, Task<IEnumerable<CompletionItem>>> ask)
    {
        using var patience = new CancellationTokenSource(_completionPatience);
        try
        {
            return Task.Run(
                async () =>
                {
                    await using var client = new TasklaneClient(Connection.Options(context.ParseResult.GetValue(Url)));
                    return await ask(client, patience.Token);
                },
                patience.Token).GetAwaiter().GetResult();
        }
        catch (Exception)
        {
            return [];
        }
    }

    private static IEnumerable<CompletionItem> TaskIds(CompletionContext context) => Suggest(context, async (client, cancellation) =>
        (await client.PageAsync(cancellation: cancellation)).Tasks.Select(task => new CompletionItem(task.Id, detail: $"{task.Type} {task.Status.Name()}")));
}
