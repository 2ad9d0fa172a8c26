using System.Text.Json;
using Google.Protobuf;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Microsoft.DurableTask.Worker;
using Microsoft.DurableTask.Worker.Grpc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Emulator.Durable;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Durable.Victim;

/// <summary>One run of an activity. The input is serialized; the token fires when the engine stops.</summary>
internal sealed record ActivityInvocation(string InstanceId, string Name, int TaskId, string? Input, CancellationToken Cancellation);

/// <summary>
/// A worker made of delegates, in the engine's own process: orchestrators and entities are run by the SDK's own replay, so what the
/// engine sends must be what the SDK takes.
/// </summary>
internal sealed class SdkWorker : IDurableExecutor, IDisposable
{
    private readonly Dictionary<string, ITaskOrchestrator> _orchestrators = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Func<ActivityInvocation, Task<string?>>> _activities = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Func<TaskEntityOperation, ValueTask<object?>>> _entities = new(StringComparer.OrdinalIgnoreCase);
    private ExtendedSessionsCache? _sessions;
    private ServiceProvider _services = Services(NullLoggerFactory.Instance);

    /// <summary>Where orchestrators log to.</summary>
    public ILoggerFactory Logging
    {
        set => _services = Services(value);
    }

    /// <summary>Keeps orchestrators in memory between turns, as the Functions worker does when the host asks for it.</summary>
    public bool KeepsSessions
    {
        set => _sessions = value ? new ExtendedSessionsCache() : null;
    }

    public SdkWorker AddOrchestrator(string name, Func<TaskOrchestrationContext, Task<object?>> body)
    {
        _orchestrators.Add(name, new Orchestrator(body));
        return this;
    }

    public SdkWorker AddActivity(string name, Func<ActivityInvocation, Task<string?>> body)
    {
        _activities.Add(name, body);
        return this;
    }

    public SdkWorker AddEntity(string name, Func<TaskEntityOperation, ValueTask<object?>> body)
    {
        _entities.Add(name, body);
        return this;
    }

    public bool Has(DurableKind kind, string name) => kind switch
    {
        DurableKind.Orchestrator => _orchestrators.ContainsKey(name),
        DurableKind.Activity => _activities.ContainsKey(name),
        _ => _entities.ContainsKey(name),
    };

    public ValueTask<P.OrchestratorResponse> RunTurnAsync(OrchestratorTurn turn, CancellationToken cancellation)
    {
        var answer = GrpcOrchestrationRunner.LoadAndRun(
            Convert.ToBase64String(turn.Encoded.Span), _orchestrators[turn.Name], _sessions, _services);
        return new(P.OrchestratorResponse.Parser.ParseFrom(Convert.FromBase64String(answer)));
    }

    public async ValueTask<P.ActivityResponse> RunActivityAsync(P.ActivityRequest request, CancellationToken cancellation)
    {
        var answer = new P.ActivityResponse { InstanceId = request.OrchestrationInstance.InstanceId, TaskId = request.TaskId };
        try
        {
            // An activity's argument is an array of one.
            var input = request.Input is ['[', .., ']'] array ? array[1..^1] : request.Input;
            answer.Result = await _activities[request.Name](
                new ActivityInvocation(answer.InstanceId, request.Name, request.TaskId, input, cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            answer.FailureDetails = FailureOf(e);
        }

        return answer;
    }

    public async ValueTask<P.EntityBatchResult> RunEntityBatchAsync(P.EntityBatchRequest request, CancellationToken cancellation)
    {
        var name = request.InstanceId[1..request.InstanceId.IndexOf('@', 1)];
        var answer = await GrpcEntityRunner.LoadAndRunAsync(
            Convert.ToBase64String(request.ToByteArray()), new Entity(_entities[name]));
        return P.EntityBatchResult.Parser.ParseFrom(Convert.FromBase64String(answer));
    }

    public void Dispose()
    {
        _sessions?.Dispose();
        _services.Dispose();
    }

    private static ServiceProvider Services(ILoggerFactory logging) => new ServiceCollection()
        .AddSingleton(logging)
        .AddSingleton(new DurableTaskWorkerOptions { EnableEntitySupport = true })
        .BuildServiceProvider();

    private static P.TaskFailureDetails FailureOf(Exception e) => new()
    {
        ErrorType = e.GetType().ToString(),
        ErrorMessage = e.Message,
        StackTrace = e.StackTrace,
        InnerFailure = e.InnerException is { } inner ? FailureOf(inner) : null,
    };

    private sealed class Orchestrator(Func<TaskOrchestrationContext, Task<object?>> body) : ITaskOrchestrator
    {
        public Type InputType => typeof(JsonElement?);

        public Type OutputType => typeof(object);

        public Task<object?> RunAsync(TaskOrchestrationContext context, object? input) =>
            body(new InputContext(context, (JsonElement?)input));
    }

    private sealed class Entity(Func<TaskEntityOperation, ValueTask<object?>> body) : ITaskEntity
    {
        public ValueTask<object?> RunAsync(TaskEntityOperation operation) => body(operation);
    }
}
