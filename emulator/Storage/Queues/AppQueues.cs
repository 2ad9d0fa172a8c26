using System.Collections.Concurrent;
using Azure.Storage.Queues;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Storage.Queues;

/// <summary>A queue that functions listen to or write to.</summary>
internal sealed class AppQueue(StorageAccount account, string name)
{
    private readonly ConcurrentDictionary<string, byte> _readers = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, byte> _writers = new(StringComparer.OrdinalIgnoreCase);

    public StorageAccount Account => account;

    public string Name => name;

    public QueueClient Queue { get; } = account.Queues.GetQueueClient(name);

    /// <summary>Where messages lie that failed too often; null for a poison queue.</summary>
    public QueueClient? Poison { get; } = PoisonQueue.NameOf(name) is { } poison ? account.Queues.GetQueueClient(poison) : null;

    /// <summary>Functions that it triggers.</summary>
    public IEnumerable<string> Readers => _readers.Keys.Order(StringComparer.OrdinalIgnoreCase);

    /// <summary>Functions with an output to it.</summary>
    public IEnumerable<string> Writers => _writers.Keys.Order(StringComparer.OrdinalIgnoreCase);

    public void AddReader(HostFunction function) => _readers[function.Name] = 0;

    public void AddWriter(HostFunction function) => _writers[function.Name] = 0;
}

/// <summary>The queues of the app, for the page: those that bindings name, and those that outputs with expressions have written to.</summary>
internal sealed class AppQueues
{
    // Names made of message ids would otherwise be remembered for ever.
    private const int Most = 500;

    private readonly ConcurrentDictionary<(string Connection, string Name), AppQueue> _queues = new();

    public IEnumerable<AppQueue> All => _queues.Values.OrderBy(queue => queue.Name, StringComparer.Ordinal);

    public AppQueue? Find(string connection, string name) => _queues.GetValueOrDefault((connection, name));

    public AppQueue Listens(HostFunction function, StorageAccount account, string name)
    {
        var queue = Of(account, name);
        queue.AddReader(function);
        return queue;
    }

    public void Writes(HostFunction function, StorageAccount account, string name)
    {
        if (_queues.Count < Most || _queues.ContainsKey((account.ConnectionName, name)))
            Of(account, name).AddWriter(function);
    }

    private AppQueue Of(StorageAccount account, string name) =>
        _queues.GetOrAdd((account.ConnectionName, name), static (_, made) => new AppQueue(made.account, made.name), (account, name));
}

/// <summary>How the real host names the queue for messages that failed too often.</summary>
internal static class PoisonQueue
{
    private const string Suffix = "-poison";

    /// <summary>Null for a poison queue: it has none of its own.</summary>
    public static string? NameOf(string queue) => queue.EndsWith(Suffix, StringComparison.Ordinal) ? null : queue + Suffix;
}
