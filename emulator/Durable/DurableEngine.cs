using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Durable.Client;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.Entities;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Orchestration;
using Tasklane.Emulator.Durable.Storage;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable;

/// <summary>
/// Durable orchestrations and entities on one SQLite file. It stores, orders and delivers; workers run the code. Nothing acknowledged
/// is lost by a crash, at whatever instant; what ran and was not committed runs again.
/// </summary>
internal sealed class DurableEngine : IAsyncDisposable
{
    /// <summary>What <see cref="_state"/> may be, in this order.</summary>
    private const int Made = 0, Starting = 1, Running = 2, Stopped = 3;

    private readonly ConcurrentDictionary<string, Actor> _actors = new();
    private readonly ConcurrentDictionary<string, byte> _parked = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Database _database;
    private readonly Checkpointer _checkpointer;
    private long _keys;
    private int _state;

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="IOException">Another process has the database open.</exception>
    /// <exception cref="StorageException">The database cannot be used; the message says why and what to do.</exception>
    public DurableEngine(IDurableExecutor executor, DurableOptions options, TimeProvider time, ILoggerFactory loggerFactory)
    {
        options.Validate();
        Executor = executor;
        Options = options;
        Time = time;
        Logger = loggerFactory.CreateLogger("Tasklane.Emulator.Durable");
        _database = new Database(options);
        if (_database.MovedAside is { } old)
            Logger.LogWarning("The durable database was written by an earlier version, which this one does not read. It was moved to {Old}; an empty one is begun.", old);
        _checkpointer = new Checkpointer(_database.Writer, _database.OpenCheckpointer(), Logger);
        Writer = new CommitWriter(_database.Writer, _checkpointer, options.Faults, Logger);
        Reader = new StoreReader(_database);
        _keys = Math.Max(
            _database.Writer.Scalar("SELECT max(key) FROM instance"), _database.Writer.Scalar("SELECT max(key) FROM entity"));
        Turns = new Slots(options.MaxConcurrentOrchestrators);
        Activities = new Slots(options.MaxConcurrentActivities);
        Live = new LiveList(options.MaxLiveContinuations);
        Timers = new TimerQueue(time, (from, until) => Reader.Read(session => Mail.Delayed(session, from, until)), Fire);
        Queries = new Queries(this);
        Hub = new DurableHub(this);
    }

    /// <summary>What clients ask of it. Usable once the engine has started.</summary>
    public DurableHub Hub { get; }

    /// <summary>Why nothing can be written just now; null when all is well.</summary>
    public string? Trouble => Writer.Trouble;

    internal Queries Queries { get; }

    internal IDurableExecutor Executor { get; }

    internal DurableOptions Options { get; }

    internal TimeProvider Time { get; }

    internal ILogger Logger { get; }

    internal CommitWriter Writer { get; }

    internal StoreReader Reader { get; }

    internal TimerQueue Timers { get; }

    internal Slots Turns { get; }

    internal Slots Activities { get; }

    internal LiveList Live { get; }

    /// <summary>How many orchestrations and entities are in memory.</summary>
    internal int Resident => _actors.Count;

    /// <summary>Fires when running activities should end.</summary>
    internal CancellationToken Stopping => _stopping.Token;

    /// <summary>Takes up what an earlier process left: unfinished activities run again, due timers fire, mail is delivered.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Starting, Made) != Made)
            throw new InvalidOperationException("A durable engine starts once.");
        cancellationToken.ThrowIfCancellationRequested();

        // Read before anybody can add to it: what is written from here on is delivered by its commit, and would come twice.
        var (waiting, unfinished, newest) = Reader.Snapshot(session =>
            (Mail.Waiting(session), Mail.Unfinished(session), session.Connection.Scalar("SELECT max(key) FROM inbox")));
        Writer.Start();
        Timers.Start(newest);
        foreach (var message in waiting)
            Send(message.Target!, message);
        foreach (var id in unfinished)
            Send(id, new Message(MessageKind.Recover));

        // Unless it was stopped meanwhile.
        Interlocked.CompareExchange(ref _state, Running, Starting);
        return Task.CompletedTask;
    }

    /// <summary>Lets running activities end within the grace period, writes what is pending and closes the file.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var before = Interlocked.Exchange(ref _state, Stopped);
        if (before == Stopped)
            return;
        Timers.Stop();
        if (before != Made)
        {
            var activities = Activities.CloseAsync();
            try
            {
                await activities.WaitAsync(Options.StopGrace, TimeProvider.System, cancellationToken);
            }
            catch (Exception error) when (error is TimeoutException or OperationCanceledException)
            {
                Logger.LogWarning("Activities still run after the grace period; they will run again after the next start.");
            }

            await _stopping.CancelAsync();
            await Turns.CloseAsync();
        }

        Writer.Stop();
        Close();
    }

    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None);

    /// <summary>Leaves everything as a killed process would: what is not committed is lost. For crash tests.</summary>
    internal async Task AbandonAsync()
    {
        if (Interlocked.Exchange(ref _state, Stopped) == Stopped)
            return;
        Timers.Stop();
        Writer.Abandon();
        await _stopping.CancelAsync();
        _ = Activities.CloseAsync();
        await Turns.CloseAsync();
        Close();
    }

    /// <summary>Workers have come that may know what others did not: gives them what has waited.</summary>
    public void WorkersChanged()
    {
        foreach (var id in _parked.Keys)
        {
            if (_parked.TryRemove(id, out _))
                Send(id, new Message(MessageKind.Kick));
        }
    }

    /// <summary>An instance whose orchestrator no worker knows; it goes on when workers change.</summary>
    internal void Park(string id) => _parked[id] = 0;

    /// <summary>UTC ticks.</summary>
    internal long Now() => Time.GetUtcNow().UtcTicks;

    /// <summary>A number no instance or entity has had.</summary>
    internal long NextKey() => Interlocked.Increment(ref _keys);

    /// <summary>A new instance id, 32 hex digits. Ids grow with time, so that new ones touch only the end of their index.</summary>
    internal string NewId() => InstanceIds.Create(Time.GetUtcNow());

    /// <summary>Gives a message to an orchestration or entity, bringing it into memory if need be.</summary>
    internal void Send(string id, Message message)
    {
        while (true)
        {
            if (!_actors.TryGetValue(id, out var actor))
                actor = _actors.GetOrAdd(id, static (id, engine) => engine.Make(id), this);
            if (actor.Post(message))
                return;
            Forget(actor);
        }
    }

    /// <summary>Gives a stored message to whom it is for, now or when it is due.</summary>
    internal void Deliver(Message message)
    {
        // Also one that is due by now: it would come twice if the clock found it in the database first.
        if (message.Due != 0)
            Timers.Add(new DueItem(message.Due, message.Target!) { Message = message });
        else
            Send(message.Target!, message);
    }

    internal void Forget(Actor actor) => _actors.TryRemove(new KeyValuePair<string, Actor>(actor.Id, actor));

    internal void Broken(Actor actor, Exception error) =>
        Logger.LogCritical(error, "The durable engine failed in '{Id}'; it goes on from the last commit after a restart.", actor.Id);

    /// <exception cref="Grpc.Core.RpcException">Unavailable: the engine does not run.</exception>
    internal void RequireRunning()
    {
        if (Volatile.Read(ref _state) != Running)
            throw Refusals.Unwritten(new InvalidOperationException("The durable engine is not running."));
    }

    private void Fire(DueItem due)
    {
        if (due.Message is { } message)
        {
            Send(due.Target, message);
            return;
        }

        if (due.TimerId == DueItem.DelayedStart)
        {
            Send(due.Target, new Message(MessageKind.StartIsDue) { TimerDue = due.Due, Execution = new ExecutionKey(due.Instance, 0) });
            return;
        }

        var fired = Happenings.New(Now());
        fired.TimerFired = new P.TimerFiredEvent { FireAt = Happenings.Time(due.Due), TimerId = (int)(due.TimerId & uint.MaxValue) };
        Send(due.Target, new Message(MessageKind.Happened)
        {
            Event = fired,
            TimerDue = due.Due,
            Execution = new ExecutionKey(due.Instance, (int)(due.TimerId >> 32)),
        });
    }

    private Actor Make(string id) => id.StartsWith('@') ? new Entity(this, id) : new Instance(this, id);

    private void Close()
    {
        Timers.Dispose();
        Writer.Dispose();
        _checkpointer.Dispose();
        Reader.Dispose();
        _database.Dispose();
        _stopping.Dispose();
    }
}
