using System.Text;
using System.Text.Json;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Handlers;

/// <summary>A run without a pipeline: keeps what a handler reports, and can say that every slice is over at once.</summary>
internal sealed class TestRun(string owner = "ada") : ITaskRun
{
    private readonly CancellationTokenSource _stop = new();
    private string? _checkpoint;

    public TaskRecord Task { get; init; } = Record(owner);

    public int Attempt => Task.Attempt;

    public CancellationToken Cancellation => _stop.Token;

    /// <summary>Slices that may run before one is over; negative = never over.</summary>
    public int SliceChecks { get; set; } = -1;

    public bool SliceIsOver => SliceChecks >= 0 && SliceChecks-- <= 0;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public List<(long Current, long Total, string? Message)> Progress { get; } = [];

    public List<string> Lines { get; } = [];

    public SortedDictionary<int, byte[]> Chunks { get; } = [];

    public Signal<long> Reported { get; } = new("progress");

    public Signal<string> Logged { get; } = new("a log line");

    /// <summary>Called with each report; what it throws ends the handler as a crash would.</summary>
    public Action<long> OnProgress { get; set; } = _ => { };

    /// <summary>Called before each checkpoint; what it throws ends the handler as a crash would.</summary>
    public Action OnCheckpoint { get; set; } = () => { };

    public void Stop() => _stop.Cancel();

    public void ReportProgress(long current, long total, string? message = null)
    {
        Progress.Add((current, total, message));
        Reported.Send(current);
        OnProgress(current);
    }

    public void Log(TaskLogLevel level, string message)
    {
        Lines.Add(message);
        Logged.Send(message);
    }

    public T? GetCheckpoint<T>() => _checkpoint is null ? default : JsonSerializer.Deserialize<T>(_checkpoint, HandlerJson.Options);

    public Task SaveCheckpointAsync<T>(T checkpoint)
    {
        OnCheckpoint();
        _checkpoint = JsonSerializer.Serialize(checkpoint, HandlerJson.Options);
        Xunit.Assert.InRange(Encoding.UTF8.GetByteCount(_checkpoint), 1, TaskLimits.MaxPayloadBytes);
        return System.Threading.Tasks.Task.CompletedTask;
    }

    public Task WriteFileChunkAsync(int index, ReadOnlyMemory<byte> bytes)
    {
        Xunit.Assert.InRange(bytes.Length, 1, 1024 * 1024);
        Chunks[index] = bytes.ToArray();
        return System.Threading.Tasks.Task.CompletedTask;
    }

    /// <summary>The file's bytes, cut to the length that the result says.</summary>
    public string File(TaskFile file) => Encoding.UTF8.GetString([.. Chunks.Values.SelectMany(chunk => chunk).Take((int)file.Length)]);

    /// <summary>Runs slices until the handler is done.</summary>
    public async Task<T> ToEndAsync<THandler, TPayload, T>(THandler handler, TPayload payload, int checksPerSlice)
        where THandler : ITaskHandler<TPayload>
    {
        for (var slice = 0; slice < 500; slice++)
        {
            SliceChecks = checksPerSlice;
            var outcome = await handler.RunAsync(payload, this);
            if (!outcome.IsContinue)
                return Xunit.Assert.IsType<T>(outcome.Result);
        }
        throw new InvalidOperationException("The handler never ends.");
    }

    public static TaskRecord Record(string owner, DateTimeOffset? createdAt = null, string payload = "{}", long number = 0) => new()
    {
        Id = TaskIds.New(createdAt ?? DateTimeOffset.UnixEpoch.AddYears(56)),
        Type = "test",
        Status = TaskState.Running,
        Priority = TaskPriority.Normal,
        Payload = payload,
        CreatedAt = createdAt ?? DateTimeOffset.UnixEpoch.AddYears(56),
        CreatedBy = owner,
        Source = "test",
        MaxRetries = 3,
        TimeoutSeconds = 60,
        Backoff = Backoff.Default,
        Version = 1,
        Attempt = 1,
        Number = number,
    };
}
