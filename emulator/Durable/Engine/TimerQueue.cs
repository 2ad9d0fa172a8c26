namespace Tasklane.Emulator.Durable.Engine;

/// <summary>
/// Durable timers and delayed messages. The database has them all; memory has only those due within the next minutes, so a
/// million sleeping orchestrations cost nothing here. A timer may fire twice or for nothing: its instance knows whether it waits. A message is delivered once.
/// </summary>
internal sealed class TimerQueue : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(12);

    /// <summary>More than passes by itself while the alarm is set: somebody moved the clock.</summary>
    private static readonly TimeSpan Leap = TimeSpan.FromMilliseconds(500);

    private readonly Lock gate = new();
    private readonly PriorityQueue<DueItem, long> near = new();
    private readonly TimeProvider time;
    private readonly Func<long, long, StoredTimers> load;
    private readonly Action<DueItem> fire;
    private readonly ITimer alarm;

    /// <summary>All that is due by then is in memory.</summary>
    private long loadedUntil;

    /// <summary>
    /// Ticks, ten microseconds: what is due within them is due now. A generation begins some ticks after the one before, so on a test's
    /// clock that is moved by just the time it waits, its timer would be late by those.
    /// </summary>
    private const long Grain = 100;

    /// <summary>When the first of the others is due.</summary>
    private long firstStored = long.MaxValue;
    private long alarmAt = long.MaxValue;

    /// <summary>
    /// Messages up to this key have come through <see cref="Add"/>. A later one that is found in the database has been stored just now and
    /// will come: taken from both it would be delivered twice.
    /// </summary>
    private long newestMessage;
    private bool stopped;

    /// <param name="time">The clock.</param>
    /// <param name="load">The stored ones due after the first and up to the second time (ticks), and when the next is.</param>
    /// <param name="fire">Takes one whose time has come; its target and time say whose it is.</param>
    public TimerQueue(TimeProvider time, Func<long, long, StoredTimers> load, Action<DueItem> fire)
    {
        this.time = time;
        this.load = load;
        this.fire = fire;
        alarm = time.CreateTimer(_ => Advance(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Loads and fires what came due while nobody ran, then keeps going.</summary>
    /// <param name="newest">The key of the newest message that an earlier process stored.</param>
    public void Start(long newest)
    {
        lock (gate)
            newestMessage = newest;
        Advance();
    }

    /// <summary>A timer that is stored now.</summary>
    public void Add(DueItem timer)
    {
        lock (gate)
        {
            if (timer.Message is { } message)
                newestMessage = Math.Max(newestMessage, message.InboxKey);
            if (timer.Due <= loadedUntil)
                near.Enqueue(timer, timer.Due);
            else
                firstStored = Math.Min(firstStored, timer.Due);
            Arm();
        }
    }

    public void Stop()
    {
        lock (gate)
            stopped = true;
    }

    public void Dispose() => alarm.Dispose();

    private void Advance()
    {
        var due = new List<DueItem>();
        lock (gate)
        {
            alarmAt = long.MaxValue;
            if (stopped)
                return;
            var now = time.GetUtcNow().UtcTicks;
            if (WindowOpens(firstStored) <= now + Grain || loadedUntil == 0)
            {
                // What is stored from here on comes through Add as well; a timer that fires twice does no harm.
                var from = loadedUntil;
                loadedUntil = now + Window.Ticks;
                var stored = load(from, loadedUntil);
                firstStored = stored.NextDue;
                foreach (var timer in stored.Due)
                {
                    if (timer.Message is not { } message || message.InboxKey <= newestMessage)
                        near.Enqueue(timer, timer.Due);
                }
            }

            while (near.TryPeek(out _, out var at) && at <= now + Grain)
                due.Add(near.Dequeue());
            Arm();
        }

        foreach (var timer in due)
            fire(timer);
    }

    private void Arm()
    {
        var next = WindowOpens(firstStored);
        if (near.TryPeek(out _, out var at))
            next = Math.Min(next, at);
        if (next == long.MaxValue || next >= alarmAt || stopped)
            return;
        alarmAt = next;

        DateTimeOffset now;
        do
        {
            now = time.GetUtcNow();

            // Rounded up: a clock with a coarser grain than ticks must not ring before the time.
            var wait = TimeSpan.FromTicks(Math.Max(0, next - now.UtcTicks - Grain));
            wait = TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
            alarm.Change(wait < LongestSleep ? wait : LongestSleep, Timeout.InfiniteTimeSpan);
        }
        while (alarmAt == next && time.GetUtcNow() - now >= Leap); // moved meanwhile, the clock would ring late by as much
    }

    private static long WindowOpens(long due) => due == long.MaxValue ? due : due - (Window.Ticks / 2);
}

/// <summary>Timers from the database.</summary>
/// <param name="Due">Those due in the time asked for.</param>
/// <param name="NextDue">When the first one after it is due; <see cref="long.MaxValue"/> = there is none.</param>
internal sealed record StoredTimers(IReadOnlyList<DueItem> Due, long NextDue);

/// <summary>A timer or a delayed message.</summary>
/// <param name="Due">UTC ticks.</param>
/// <param name="Target">The instance or entity.</param>
internal readonly record struct DueItem(long Due, string Target)
{
    /// <summary>The number of the timer that starts an instance later.</summary>
    public const long DelayedStart = -1;

    /// <summary>Key of the instance that set the timer.</summary>
    public long Instance { get; init; }

    /// <summary>Generation and action of the timer, see <see cref="NumberOf"/>.</summary>
    public long TimerId { get; init; }

    /// <summary>The message to deliver; null for a timer.</summary>
    public Message? Message { get; init; }

    /// <summary>A timer's number: the generation is in it, so that a timer of the former one is none of the next one's.</summary>
    public static long NumberOf(int generation, int action) => ((long)generation << 32) | (uint)action;
}
