using Tasklane.Bench;

// A verb a measurement; each reads its own arguments and prints its own numbers.
var verbs = new Dictionary<string, Func<Arguments, Task>>(StringComparer.OrdinalIgnoreCase)
{
    ["engine"] = EngineBench.RunAsync,
};

if (args.Length == 0 || !verbs.TryGetValue(args[0], out var verb))
{
    Console.Error.WriteLine($"Usage: Tasklane.Bench VERB [--name value ...], where VERB is one of: {string.Join(", ", verbs.Keys)}");
    return 1;
}

await verb(new Arguments(args.AsSpan(1)));
return 0;
