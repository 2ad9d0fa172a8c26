using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tasklane.Client;

namespace Tasklane.Cli.Commands;

/// <summary>What a task is to be: its payload, and how it is run.</summary>
internal sealed class TaskArguments
{
    private readonly Argument<string?> _payload = new("PAYLOAD")
    {
        Description = "JSON, @FILE to read it from a file, or - for standard input; {} without it.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string[]> _set = new("--set", "-s")
    {
        Description = "A field of the payload: NAME=VALUE, where the value is JSON, or else a text. Can be given again.",
        HelpName = "NAME=VALUE",
    };

    private readonly Option<string?> _priority = Common.OneOf("--priority", "Its lane.", "high", "normal", "low");
    private readonly Option<int?> _retries = new("--retries") { Description = "How many attempts may follow the first.", HelpName = "N" };
    private readonly Option<TimeSpan?> _timeout = Common.Duration("--timeout", "The longest an attempt may take:");
    private readonly Option<TimeSpan?> _delay = Common.Duration("--delay", "How long it waits at least:");
    private readonly Option<DateTimeOffset?> _at = new("--run-at") { Description = "When it may begin, such as 2026-12-24T18:00:00Z.", HelpName = "TIME" };
    private readonly Option<string[]> _tags = new("--tag") { Description = "A tag. Can be given again.", HelpName = "TAG" };

    public Option<string?> Key { get; } = new("--key")
    {
        Description = "An idempotency key: the same command with the same key makes one task, for 24 hours.",
        HelpName = "KEY",
    };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_payload);
        foreach (var option in new Option[] { _set, _priority, _retries, _timeout, _delay, _at, _tags })
            command.Options.Add(option);
    }

    /// <exception cref="ArgumentException">The payload cannot be read; the message says where and why.</exception>
    public NewTask Read(ParseResult parsed, string type) => NewTask.Of(type, Payload(parsed), new TaskOptions
    {
        Priority = Common.Enum<TaskPriority>(parsed.GetValue(_priority)),
        MaxRetries = parsed.GetValue(_retries),
        Timeout = parsed.GetValue(_timeout),
        Delay = parsed.GetValue(_delay),
        RunAt = parsed.GetValue(_at),
        Tags = parsed.GetValue(_tags) is { Length: > 0 } tags ? tags : null,
    });

    private JsonElement Payload(ParseResult parsed)
    {
        var (text, source) = parsed.GetValue(_payload) switch
        {
            null => ("{}", ""),
            "-" => (Console.In.ReadToEnd(), "standard input"),
            ['@', .. var file] => (File.ReadAllText(file), file),
            var given => (given, "the payload"),
        };
        try
        {
            var fields = parsed.GetValue(_set) ?? [];
            if (fields.Length == 0)
                return JsonElement.Parse(text);
            var payload = JsonNode.Parse(text) as JsonObject
                ?? throw new ArgumentException("--set adds to a payload that is a JSON object, and this one is none.");
            foreach (var field in fields)
            {
                var at = field.IndexOf('=', StringComparison.Ordinal);
                if (at <= 0)
                    throw new ArgumentException($"--set is '{field}': it takes NAME=VALUE.");
                payload[field[..at]] = Value(field[(at + 1)..]);
            }
            return JsonSerializer.SerializeToElement(payload);
        }
        catch (JsonException wrong)
        {
            throw new ArgumentException($"What {source} has is no JSON: {wrong.Message}", wrong);
        }
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
