using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Tasklane.Emulator.Durable.History;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>Calls, signals and locks of entities.</summary>
internal sealed partial class Execution
{
    /// <summary>The entities this orchestration has locked or asked to lock, as the lock messages spell them.</summary>
    public string? HeldLocks => entities?.Held;

    private sealed class OpenEntityCall<T>(EntityInstanceId id, string operation) : TaskCompletionSource<T>, IOpenTask
    {
        public EventKind Kind => EventKind.EntityCalled;

        public string Target { get; } = id.ToString();

        public void Complete(string? data, DataConverter converter)
        {
            try
            {
                SetResult(typeof(T) == typeof(Nothing) ? default! : converter.Deserialize<T>(data)!);
            }
            catch (Exception error) when (!Task.IsCompleted)
            {
                SetException(error);
            }
        }

        public void Fail(TaskFailureDetails failure) =>
            SetException(new EntityOperationFailedException(id, operation, failure));
    }

    private sealed class OpenLock(EntityFeature entities, IReadOnlyList<EntityInstanceId> ids)
        : TaskCompletionSource<IAsyncDisposable>, IOpenTask
    {
        public EventKind Kind => EventKind.LockRequested;

        public void Complete(string? data, DataConverter converter) => SetResult(entities.Enter(ids));

        public void Fail(TaskFailureDetails failure) => throw new InvalidOperationException("A lock request cannot fail.");
    }

    private sealed class EntityFeature(Execution execution) : TaskOrchestrationEntityFeature
    {
        private IReadOnlyList<EntityInstanceId>? section;
        private HashSet<EntityInstanceId>? free;
        private bool asking;

        /// <summary>What is locked, or asked for, as the lock messages spell it.</summary>
        public string? Held { get; private set; }

        public override Task<TResult> CallEntityAsync<TResult>(
            EntityInstanceId id, string operationName, object? input = null, CallEntityOptions? options = null) =>
            Call<TResult>(id, operationName, input);

        public override Task CallEntityAsync(
            EntityInstanceId id, string operationName, object? input = null, CallEntityOptions? options = null) =>
            Call<Nothing>(id, operationName, input);

        public override Task SignalEntityAsync(
            EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null)
        {
            ArgumentException.ThrowIfNullOrEmpty(operationName);
            if (section is not null && section.Contains(id))
                throw new InvalidOperationException("Must not signal a locked entity from a critical section.");
            var target = id.ToString();
            var text = execution.converter.Serialize(input);
            var time = options?.SignalTime?.UtcTicks ?? 0;
            execution.Ask(EventKind.EntitySignaled, operationName, target, text, time);
            if (execution.replay is null)
            {
                execution.commit!.Send(new Event(EventKind.EntityOperation)
                {
                    Name = operationName,
                    Target = target,
                    Text = text,
                    Time = time,
                });
            }

            return Task.CompletedTask;
        }

        public override Task<IAsyncDisposable> LockEntitiesAsync(IEnumerable<EntityInstanceId> entityIds)
        {
            ArgumentNullException.ThrowIfNull(entityIds);
            if (section is not null || asking)
                throw new InvalidOperationException("Must not enter another critical section from within a critical section.");

            // Everyone locks in this order, so no two can wait for each other.
            var ids = entityIds.Distinct().OrderBy(id => id.ToString(), StringComparer.Ordinal).ToArray();
            if (ids.Length == 0)
                throw new ArgumentException("The list of entities to lock must not be empty.", nameof(entityIds));
            var targets = ids.Select(id => id.ToString()).ToArray();
            var text = JsonSerializer.Serialize(targets);
            var number = execution.Ask(EventKind.LockRequested, text: text);
            asking = true;
            Held = text;
            var request = new OpenLock(this, ids);
            execution.open.Add(number, request);
            if (execution.replay is null)
            {
                execution.commit!.Send(new Event(EventKind.EntityLock)
                {
                    Id = number,
                    Target = targets[0],
                    Text = text,
                    Sender = execution.row.Id,
                    Epoch = execution.row.Key,
                });
            }

            return request.Task;
        }

        public override bool InCriticalSection([NotNullWhen(true)] out IReadOnlyList<EntityInstanceId>? entityIds)
        {
            entityIds = section;
            return section is not null;
        }

        public void RefuseInCriticalSection(string what)
        {
            if (section is not null)
                throw new InvalidOperationException($"Must not {what} from within a critical section.");
        }

        public IAsyncDisposable Enter(IReadOnlyList<EntityInstanceId> ids)
        {
            asking = false;
            section = ids;
            free = [.. ids];
            return new Section(this);
        }

        /// <summary>Leaves the critical section, or takes the request for it back.</summary>
        public void Leave()
        {
            if (Held is null)
                return;
            execution.Ask(EventKind.LockReleased, text: Held);
            if (execution.replay is null)
            {
                foreach (var entity in OpenWork.Entities(Held))
                    execution.commit!.Send(Unlock(entity, execution.row.Id, execution.row.Key));
            }

            asking = false;
            section = null;
            free = null;
            Held = null;
        }

        private async Task<TResult> Call<TResult>(EntityInstanceId id, string operationName, object? input)
        {
            ArgumentException.ThrowIfNullOrEmpty(operationName);
            if (section is not null && !section.Contains(id))
                throw new InvalidOperationException("Must not call an entity from a critical section that has not locked it.");
            if (free is not null && !free.Remove(id))
            {
                throw new InvalidOperationException(
                    "Must not call an entity from a critical section while a prior call to it has not ended.");
            }

            var call = new OpenEntityCall<TResult>(id, operationName);
            var text = execution.converter.Serialize(input);
            var number = execution.Ask(EventKind.EntityCalled, operationName, call.Target, text);
            execution.open.Add(number, call);
            if (execution.replay is null)
            {
                execution.commit!.Send(new Event(EventKind.EntityOperation)
                {
                    Id = number,
                    Name = operationName,
                    Target = call.Target,
                    Text = text,
                    Sender = execution.row.Id,
                    Epoch = execution.row.Key,
                });
            }

            try
            {
                return await call.Task;
            }
            finally
            {
                free?.Add(id);
            }
        }

        private sealed class Section(EntityFeature entities) : IAsyncDisposable
        {
            private bool left;

            public ValueTask DisposeAsync()
            {
                if (!left)
                    entities.Leave();
                left = true;
                return ValueTask.CompletedTask;
            }
        }
    }

    internal static Event Unlock(string entity, string owner, long epoch) =>
        new(EventKind.EntityUnlock) { Target = entity, Sender = owner, Epoch = epoch };
}
