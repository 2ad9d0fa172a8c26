using System.Text.Json;
using Grpc.Core;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Tests.Durable.Programs;

/// <summary>Runs a program on a real engine, as its clients, and compares what came of it with the model.</summary>
internal sealed class Trial
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    private readonly RandomProgram _program;
    private readonly Model _model;
    private readonly Interpreter _interpreter = new();
    private readonly Random _random;
    private readonly CancellationTokenSource _end = new(_limit, TimeProvider.System);
    private World _world = null!;

    private Trial(RandomProgram program)
    {
        _program = program;
        _model = Model.Of(program.Root);
        _random = new Random(program.Seed);
    }

    private string Id => _program.Root.Path;

    /// <summary>Runs a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="met">Told how often each kind of fault was met.</param>
    /// <returns>In what engine and model disagree; null when they agree.</returns>
    public static async Task<string?> RunAsync(RandomProgram program, Action<string, int>? met = null)
    {
        var trial = new Trial(program);
        using var end = trial._end;
        await using var world = trial._world = await World.StartAsync(program, trial._interpreter, end.Token);
        try
        {
            await trial.DriveAsync();
            return null;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return $"It did not end within {_limit}.";
        }
        catch (DisagreementException e)
        {
            return e.Message;
        }
        finally
        {
            lock (world.Disk.Met)
            {
                foreach (var (kind, times) in world.Disk.Met)
                    met?.Invoke(kind, times);
            }
        }
    }

    private async Task DriveAsync()
    {
        await DoAsync(hub => hub.StartInstanceAsync(
            new P.CreateInstanceRequest
            {
                InstanceId = Id,
                Name = Interpreter.Name,
                Input = JsonSerializer.Serialize(_program.Root),
                OrchestrationIdReusePolicy = new P.OrchestrationIdReusePolicy(),
            },
            CancellationToken.None), StatusCode.AlreadyExists);
        await Task.WhenAll(RaiseAsync(), SuspendAsync(), EndAsync());
        await CompareAsync();
        if (_program.Purges)
            await PurgeAsync();
    }

    private async Task RaiseAsync()
    {
        var events = new Queue<(string Instance, string Name, int Value)>(_model.Events.OrderBy(_ => _random.Next()));
        while (events.TryDequeue(out var next))
        {
            var isThere = await DoAsync(
                hub => hub.RaiseEventAsync(
                    new P.RaiseEventRequest { InstanceId = next.Instance, Name = next.Name, Input = $"{next.Value}" }, CancellationToken.None),
                StatusCode.FailedPrecondition, StatusCode.NotFound);
            if (isThere != StatusCode.NotFound)
                continue;

            // A child that is not there yet.
            events.Enqueue(next);
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, _end.Token);
        }
    }

    private async Task SuspendAsync()
    {
        for (var i = 0; i < _program.Suspends; i++)
        {
            await DoAsync(hub => hub.SuspendAsync(new P.SuspendRequest { InstanceId = Id }, CancellationToken.None), StatusCode.FailedPrecondition);
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, _end.Token);
            await DoAsync(hub => hub.ResumeAsync(new P.ResumeRequest { InstanceId = Id }, CancellationToken.None), StatusCode.FailedPrecondition);
        }
    }

    private async Task EndAsync()
    {
        if (_model.IsTerminated)
        {
            await _interpreter.IsStuck.Task.WaitAsync(_end.Token);
            await DoAsync(
                hub => hub.TerminateAsync(new P.TerminateRequest { InstanceId = Id, Output = "\"over\"", Recursive = true }, CancellationToken.None),
                StatusCode.FailedPrecondition);
        }

        var ended = await WaitAsync();
        if (!_model.IsRewound)
            return;
        Expect(P.OrchestrationStatus.Failed, ended.OrchestrationStatus, "the status before the rewind");
        _interpreter.IsMended = true;
        await DoAsync(hub => hub.RewindAsync(new P.RewindInstanceRequest { InstanceId = Id }, CancellationToken.None), StatusCode.FailedPrecondition);
        await WaitAsync();
    }

    private async Task<P.OrchestrationState> WaitAsync()
    {
        var response = await _world.AskAsync(
            hub => hub.WaitForCompletionAsync(new P.GetInstanceRequest { InstanceId = Id, GetInputsAndOutputs = true }, _end.Token));
        return response.OrchestrationState;
    }

    private async Task CompareAsync()
    {
        // What was sent to entities and children may still be on its way, but nothing may stay.
        while (await _world.ReadAsync(session => session.Connection.Scalar(
            "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM timer) + (SELECT count(*) FROM work)")) is var left && left > 0)
        {
            if (_end.IsCancellationRequested)
                throw new DisagreementException($"{left} messages, timers or pieces of work are left when all has ended.");
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, CancellationToken.None);
        }

        foreach (var (id, (outcome, output)) in _model.Named)
        {
            var state = (await _world.AskAsync(hub => Task.FromResult(
                hub.GetInstance(new P.GetInstanceRequest { InstanceId = id, GetInputsAndOutputs = true })))).OrchestrationState
                ?? throw new DisagreementException($"{id} is not there.");
            Expect($"{outcome}", $"{state.OrchestrationStatus}", $"the status of {id} ({state.FailureDetails})");
            if (outcome == Outcome.Completed)
                Expect(output, JsonSerializer.Deserialize<string>(state.Output), $"the output of {id}");
        }

        Expect(_model.Instances, await _world.ReadAsync(session => session.Connection.Scalar("SELECT count(*) FROM instance")), "the number of instances");
        foreach (var (key, sum) in _model.Sums)
        {
            var state = await _world.ReadAsync(session => session.Entity($"@sum@{key}")?.State);
            Expect($"{sum}", state, $"the state of entity {key}");
        }

        Expect(
            string.Join(", ", _model.Activities.Order(StringComparer.Ordinal)),
            string.Join(", ", _interpreter.Ran.Keys.Order(StringComparer.Ordinal)),
            "the activities that ran");
    }

    private async Task PurgeAsync()
    {
        await _world.AskAsync(hub => hub.PurgeAsync(new P.PurgeInstancesRequest { InstanceId = Id, Recursive = true }, CancellationToken.None));
        var left = await _world.ReadAsync(session => session.Connection.Scalar("SELECT count(*) FROM instance"));
        if (!_model.ContinuesAsNew)
            Expect(0, left, "the number of instances after the purge");
        Expect(0, await _world.ReadAsync(session => session.Instance(Id) is null ? 0 : 1), "the root after the purge");
    }

    /// <summary>Asks until it is done. A refusal that says it was done before, or cannot be done yet, is an answer as well.</summary>
    private Task<StatusCode> DoAsync(Func<Tasklane.Emulator.Durable.Client.DurableHub, Task> ask, params StatusCode[] answers) => _world.AskAsync(async hub =>
    {
        try
        {
            await ask(hub);
            return StatusCode.OK;
        }
        catch (RpcException e) when (answers.Contains(e.StatusCode))
        {
            return e.StatusCode;
        }
    });

    private static void Expect<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new DisagreementException($"The model says {expected?.ToString() ?? "nothing"}, the engine {actual?.ToString() ?? "nothing"}: {what}.");
    }

    private sealed class DisagreementException(string message) : Exception(message);
}
