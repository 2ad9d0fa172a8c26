using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Durable.Victim;
using Tasklane.Emulator.Durable;
using Tasklane.Emulator.Durable.Client;
using Tasklane.Emulator.Durable.Storage;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Durable.Programs;

/// <summary>An engine on a file, with a disk that fails, a process that is killed and comes back, and a clock that somebody moves.</summary>
internal sealed class World : IAsyncDisposable
{
    private static readonly TimeSpan _soon = TimeSpan.FromMilliseconds(2);

    private readonly TempDirectory _folder = new("program");
    private readonly ManualTimeProvider _clock = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly RandomProgram _program;
    private readonly Interpreter _interpreter;
    private readonly CancellationToken _limit;
    private readonly Task _clockwork;
    private Process _process = null!;
    private Task _restart = Task.CompletedTask;

    private World(RandomProgram program, Interpreter interpreter, CancellationToken limit)
    {
        _program = program;
        _interpreter = interpreter;
        _limit = limit;
        Disk = new RandomDisk(new Random(program.Seed), program.FaultPercent, program.Crashes);
        _clockwork = MoveClockAsync(new Random(program.Seed));
    }

    public RandomDisk Disk { get; }

    public static async Task<World> StartAsync(RandomProgram program, Interpreter interpreter, CancellationToken limit)
    {
        var world = new World(program, interpreter, limit);
        await world.OpenAsync();
        return world;
    }

    /// <summary>Asks until there is an answer, whatever fails and whoever is killed meanwhile.</summary>
    public async Task<T> AskAsync<T>(Func<DurableHub, Task<T>> ask)
    {
        while (true)
        {
            var process = Volatile.Read(ref _process);
            try
            {
                return await ask(process.Engine.Hub).WaitAsync(process.Dead.Token);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
            {
            }
            catch (Exception) when (process.Dead.IsCancellationRequested)
            {
                // Whatever a dead process says.
            }

            _limit.ThrowIfCancellationRequested();
            await Task.Delay(_soon, TimeProvider.System, _limit);
        }
    }

    /// <summary>What the file has, once nothing is under way any more.</summary>
    public Task<T> ReadAsync<T>(Func<StoreReader.Session, T> read) =>
        AskAsync(_ => Task.FromResult(Volatile.Read(ref _process).Engine.Reader.Snapshot(read)));

    public async ValueTask DisposeAsync()
    {
        Disk.IsSound = true;
        await _ended.CancelAsync();
        await _clockwork;
        await _restart;
        await _process.Engine.DisposeAsync();
        _folder.Dispose();
        _ended.Dispose();
    }

    private async Task OpenAsync()
    {
        var dead = new CancellationTokenSource();
        Disk.Killed = () =>
        {
            // On the writer thread, which must be left to end.
            _restart = Task.Run(async () =>
            {
                await dead.CancelAsync();
                await _process.Engine.AbandonAsync();
                await OpenAsync();
            });
        };
        var worker = _interpreter.Worker();
        worker.KeepsSessions = _program.Mode == Mode.Live;
        var engine = new DurableEngine(
            worker,
            new DurableOptions
            {
                DatabasePath = _folder.File("durable.db"),
                StrictReplay = _program.Mode == Mode.Strict,
                ExtendedSessions = _program.Mode == Mode.Live,
                MaxLiveContinuations = _program.Mode == Mode.Evicting ? 0 : 1000,
                Faults = Disk,
            },
            _clock,
            NullLoggerFactory.Instance);
        Volatile.Write(ref _process, new Process(engine, dead));
        await engine.StartAsync(CancellationToken.None);
    }

    private async Task MoveClockAsync(Random random)
    {
        while (!_ended.IsCancellationRequested)
        {
            _clock.Advance(TimeSpan.FromSeconds(random.Next(3) switch { 0 => 1, 1 => 60, _ => 200_000 }));
            await Task.Delay(_soon, TimeProvider.System, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed record Process(DurableEngine Engine, CancellationTokenSource Dead);
}
