using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Durable.Victim;
using Tasklane.Emulator.Durable;

// Works on a database until it is killed, saying on its output what has been acknowledged:
// "S id" scheduled, "E id" its event raised, "C id" seen completed.
var options = new DurableOptions { DatabasePath = args[0], MaxLiveContinuations = 20 };
await using var engine = new DurableEngine(Work.Worker(), options, TimeProvider.System, NullLoggerFactory.Instance);
await engine.StartAsync(default);
var client = EngineClients.Of(engine);
Console.WriteLine("R");

await Task.WhenAll(Enumerable.Range(0, 16).Select(async worker =>
{
    for (var i = 0; ; i++)
    {
        var id = $"{args[1]}-{worker}-{i}";
        await client.ScheduleNewOrchestrationInstanceAsync(Work.Name, i, new StartOrchestrationOptions(id));
        Console.WriteLine($"S {id}");
        await client.RaiseEventAsync(id, "go", i);
        Console.WriteLine($"E {id}");
        if (i % 3 == 0)
            continue;
        await client.WaitForInstanceCompletionAsync(id);
        Console.WriteLine($"C {id}");
    }
}));
