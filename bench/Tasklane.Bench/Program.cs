using Tasklane.Bench;

// A verb a measurement, in the order of `all`. ./dev bench builds and installs what they need.
(string Verb, Func<Arguments, Results, CancellationToken, Task> Run)[] measurements =
[
    ("engine", (arguments, results, _) => EngineBench.RunAsync(arguments, results)),
    ("worker", (arguments, results, _) => WorkerBench.RunAsync(arguments, results)),
    ("trigger", (_, results, ct) => TriggerBench.RunAsync(results, ct)),
    ("start", (arguments, results, ct) => StartBench.RunAsync(arguments, results, ct)),
    ("http", (_, results, ct) => HttpBench.RunAsync(results, ct)),
    ("latency", (_, results, ct) => LatencyBench.RunAsync(results, ct)),
    ("stores", (arguments, results, ct) => StoreBench.RunAsync(arguments, results, ct)),
    ("cache", (arguments, results, ct) => CacheBench.RunAsync(arguments, results, ct)),
    ("many", (arguments, results, ct) => StoreBench.RunManyAsync(arguments, results, ct)),
];

var wanted = args.FirstOrDefault();
var chosen = measurements.Where(measurement => wanted == "all" || measurement.Verb == wanted).ToList();
if (chosen.Count == 0)
{
    var verbs = string.Join(", ", measurements.Select(measurement => measurement.Verb));
    Console.Error.WriteLine($"Usage: Tasklane.Bench VERB [--name value ...], where VERB is one of: {verbs}, all");
    return 1;
}

using var stopping = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    // Servers we started are stopped on the way out.
    e.Cancel = true;
    stopping.Cancel();
};

var arguments = new Arguments(args.AsSpan(1));
var results = Results.Open(Layout.Root);
foreach (var (_, run) in chosen) await run(arguments, results, stopping.Token);
return 0;
