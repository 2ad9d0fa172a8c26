using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Handling;

/// <summary>What a handler sees of the world: its task, and where to put what it makes. It knows nothing of orchestrations.</summary>
public interface ITaskRun
{
    /// <summary>The task as it was when this slice started.</summary>
    TaskRecord Task { get; }

    /// <summary>1 for the first attempt; grows with every attempt, also one that a crash cut short. Slices of one attempt share it.</summary>
    int Attempt { get; }

    /// <summary>Fires on cancellation, on the attempt's timeout, on shutdown, and when the lease is lost.</summary>
    CancellationToken Cancellation { get; }

    /// <summary>The slice's time is used up: save a checkpoint and return <see cref="Outcome.Continue"/>.</summary>
    bool SliceIsOver { get; }

    /// <summary>Clock to use instead of the static ones.</summary>
    TimeProvider Time { get; }

    /// <summary>Says how far the work is. Cheap: at most ten a second are sent, the last one always is.</summary>
    void ReportProgress(long current, long total, string? message = null);

    /// <summary>Adds a line to the task's log.</summary>
    void Log(TaskLogLevel level, string message);

    /// <summary>What an earlier slice or attempt saved; default when none did.</summary>
    T? GetCheckpoint<T>();

    /// <summary>Saves where to go on after a crash or in the next slice, durably, before it returns. At most 256 KiB as JSON.</summary>
    Task SaveCheckpointAsync<T>(T checkpoint);

    /// <summary>Writes (or writes again) a chunk, at most 1 MiB, of the task's file, downloadable at <c>/api/tasks/{id}/file</c> when the result has a <see cref="TaskFile"/>.</summary>
    Task WriteFileChunkAsync(int index, ReadOnlyMemory<byte> bytes);
}

/// <summary>Put into a result as property <c>file</c>, it makes the chunks written downloadable.</summary>
public sealed record TaskFile(string Name, string ContentType, long Length);
