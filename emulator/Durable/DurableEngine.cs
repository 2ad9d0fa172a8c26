using System.Collections.Concurrent;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Durable.Client;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.Entities;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Orchestration;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable;

/// <summary>
/// Durable orchestrations and entities on one SQLite file. Nothing acknowledged is lost by a crash, at whatever instant; what
/// ran and was not committed runs again.
/// </summary>
internal sealed class DurableEngine : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Actor> actors = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly Database database;
    private readonly Checkpointer checkpointer;
    private long keys;
    private int state;

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="IOException">Another process has the database open.</exception>
    public DurableEngine(DurableRegistry registry, DurableOptions options, TimeProvider time, ILoggerFactory loggerFactory)
    {
        options.Validate();
        Registry = registry;
        Options = options;
        Time = time;
        LoggerFactory = loggerFactory;
        Logger = loggerFactory.CreateLogger("Tasklane.Emulator.Durable");
        database = new Database(options);
        checkpointer = new Checkpointer(database.Writer, database.OpenCheckpointer(), Logger);
        Writer = new CommitWriter(database.Writer, checkpointer, Logger);
        Reader = new StoreReader(database);
        keys = Math.Max(
            database.Writer.Scalar("SELECT max(key) FROM instance"), database.Writer.Scalar("SELECT max(key) FROM entity"));
        Turns = new Slots(options.MaxConcurrentOrchestrators);
        Activities = new Slots(options.MaxConcurrentActivities);
        Live = new LiveList(options.MaxLiveContinuations);
        Timers = new TimerQueue(time, (from, until) => Reader.Read(session => Mail.Delayed(session, from, until)), Deliver);
        Queries = new Queries(this);
        Client = new EngineClient(this);
    }

    /// <summary>Usable once the engine has started.</summary>
    public DurableTaskClient Client { get; }

    /// <summary>What is stored, beyond what the client's types can say: histories for people.</summary>
    public Queries Queries { get; }

    internal DurableRegistry Registry { get; }

    internal DurableOptions Options { get; }

    internal TimeProvider Time { get; }

    internal ILoggerFactory LoggerFactory { get; }

    internal ILogger Logger { get; }

    internal CommitWriter Writer { get; }

    internal StoreReader Reader { get; }

    internal TimerQueue Timers { get; }

    internal Slots Turns { get; }

    internal Slots Activities { get; }

    internal LiveList Live { get; }

    /// <summary>How many orchestrations and entities are in memory.</summary>
    internal int Resident => actors.Count;

    /// <summary>Fires when running activities should end.</summary>
    internal CancellationToken Stopping => stopping.Token;

    /// <summary>Takes up what an earlier process left: unfinished activities run again, due timers fire, mail is delivered.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref state, 1, 0) != 0)
            throw new InvalidOperationException("A durable engine starts once.");
        cancellationToken.ThrowIfCancellationRequested();
        Writer.Start();
        foreach (var message in Reader.Read(Mail.Waiting))
            Send(message.Target!, message);
        foreach (var id in Reader.Read(Mail.Unfinished))
            Send(id, new Event(EventKind.Recover));
        Timers.Start();
        return Task.CompletedTask;
    }

    /// <summary>Lets running activities end within the grace period, writes what is pending and closes the file.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var before = Interlocked.Exchange(ref state, 2);
        if (before == 2)
            return;
        Timers.Stop();
        if (before == 1)
        {
            var activities = Activities.CloseAsync();
            try
            {
                await activities.WaitAsync(Options.StopGrace, Time, cancellationToken);
            }
            catch (Exception error) when (error is TimeoutException or OperationCanceledException)
            {
                Logger.LogWarning("Activities still run after the grace period; they will run again after the next start.");
            }

            await stopping.CancelAsync();
            await Turns.CloseAsync();
        }

        Writer.Stop();
        Close();
    }

    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None);

    /// <summary>Leaves everything as a killed process would: what is not committed is lost. For crash tests.</summary>
    internal async Task AbandonAsync()
    {
        Interlocked.Exchange(ref state, 2);
        Timers.Stop();
        Writer.Abandon();
        await stopping.CancelAsync();
        _ = Activities.CloseAsync();
        await Turns.CloseAsync();
        Close();
    }

    /// <summary>UTC ticks.</summary>
    internal long Now() => Time.GetUtcNow().UtcTicks;

    /// <summary>A number no instance or entity has had.</summary>
    internal long NextKey() => Interlocked.Increment(ref keys);

    /// <summary>A new instance id, 32 hex digits. Ids grow with time, so that new ones touch only the end of their index.</summary>
    internal string NewId() => InstanceIds.Create(Time.GetUtcNow());

    /// <summary>Gives a message to an orchestration or entity, bringing it into memory if need be.</summary>
    internal void Send(string id, Event message)
    {
        while (true)
        {
            if (!actors.TryGetValue(id, out var actor))
                actor = actors.GetOrAdd(id, static (id, engine) => engine.Make(id), this);
            if (actor.Post(message))
                return;
            Forget(actor);
        }
    }

    /// <summary>Gives a stored message to whom it is for, now or when it is due.</summary>
    internal void Deliver(Event message)
    {
        if (message.Kind == EventKind.EntityOperation && message.Time > Now())
            Timers.Add(message);
        else
            Send(message.Target!, message);
    }

    internal void Forget(Actor actor) => actors.TryRemove(new KeyValuePair<string, Actor>(actor.Id, actor));

    internal void Broken(Actor actor, Exception error) =>
        Logger.LogCritical(error, "The durable engine failed in '{Id}'; it goes on from the last commit after a restart.", actor.Id);

    /// <exception cref="InvalidOperationException">The engine does not run.</exception>
    internal void RequireRunning()
    {
        if (Volatile.Read(ref state) != 1)
            throw new InvalidOperationException("The durable engine is not running.");
    }

    private Actor Make(string id) => id.StartsWith('@') ? new Entity(this, id) : new Instance(this, id);

    private void Close()
    {
        Timers.Dispose();
        Writer.Dispose();
        checkpointer.Dispose();
        Reader.Dispose();
        database.Dispose();
        stopping.Dispose();
    }
}
