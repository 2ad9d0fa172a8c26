using System.Collections.Concurrent;

namespace Tasklane.Emulator.Worker.Functions;

/// <summary>What runs and the last things that ran, for people who look.</summary>
internal sealed class InvocationJournal(TimeProvider time)
{
    /// <summary>Ended invocations kept.</summary>
    public const int Kept = 500;

    private readonly ConcurrentDictionary<string, Entry> _running = new();
    private readonly Entry?[] _ended = new Entry?[Kept];
    private long _count;

    /// <summary>Invocations under way.</summary>
    public IEnumerable<Entry> Running => _running.Values;

    /// <summary>Ended ones, the latest first.</summary>
    public IEnumerable<Entry> Ended
    {
        get
        {
            var last = Volatile.Read(ref _count);
            for (var i = last - 1; i >= 0 && i > last - 1 - Kept; i--)
            {
                if (Volatile.Read(ref _ended[i % Kept]) is { } entry)
                    yield return entry;
            }
        }
    }

    /// <summary>The function of an invocation under way, or of one that has just ended: logs may come after the answer.</summary>
    public string? FunctionOf(string invocationId) => _running.TryGetValue(invocationId, out var entry)
        ? entry.Function
        : Ended.FirstOrDefault(ended => ended.Id == invocationId)?.Function;

    public Entry Begin(Invocation invocation)
    {
        var entry = new Entry(this, invocation.Id, invocation.Function.Name, time.GetUtcNow());
        _running[invocation.Id] = entry;
        return entry;
    }

    // Told as ended first: whoever looks in between finds it twice, and never not at all.
    private void End(Entry entry)
    {
        Volatile.Write(ref _ended[(Interlocked.Increment(ref _count) - 1) % Kept], entry);
        _running.TryRemove(entry.Id, out _);
    }

    internal sealed class Entry(InvocationJournal journal, string id, string function, DateTimeOffset started)
    {
        public string Id => id;

        public string Function => function;

        public DateTimeOffset Started => started;

        /// <summary>Null while it runs.</summary>
        public DateTimeOffset? EndedAt { get; private set; }

        /// <summary>Why it failed; null when it did not.</summary>
        public string? Error { get; private set; }

        public void Succeeded() => Finish(null);

        public void Failed(Exception error) => Finish(error.Message);

        private void Finish(string? error)
        {
            Error = error;
            EndedAt = journal.Now;
            journal.End(this);
        }
    }

    private DateTimeOffset Now => time.GetUtcNow();
}
