using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace Microsoft.DurableTask.Client;

/// <summary>What an instance was like when it was read.</summary>
public sealed class OrchestrationMetadata(string name, string instanceId)
{
    public string Name { get; } = name;

    public string InstanceId { get; } = instanceId;

    /// <summary>Only there when inputs and outputs were asked for.</summary>
    public DataConverter? DataConverter { get; init; }

    public OrchestrationRuntimeStatus RuntimeStatus { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset LastUpdatedAt { get; init; }

    public string? SerializedInput { get; init; }

    public string? SerializedOutput { get; init; }

    public string? SerializedCustomStatus { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    public TaskFailureDetails? FailureDetails { get; init; }

    public bool IsRunning => RuntimeStatus == OrchestrationRuntimeStatus.Running;

    public bool IsCompleted => RuntimeStatus
        is OrchestrationRuntimeStatus.Completed
        or OrchestrationRuntimeStatus.Failed
        or OrchestrationRuntimeStatus.Terminated;

    /// <exception cref="InvalidOperationException">Inputs and outputs were not asked for.</exception>
    public T? ReadInputAs<T>() => Read<T>(SerializedInput);

    /// <inheritdoc cref="ReadInputAs{T}"/>
    public T? ReadOutputAs<T>() => Read<T>(SerializedOutput);

    /// <inheritdoc cref="ReadInputAs{T}"/>
    public T? ReadCustomStatusAs<T>() => Read<T>(SerializedCustomStatus);

    public override string ToString()
    {
        var text = new StringBuilder($"[Name: '{Name}', ID: '{InstanceId}', RuntimeStatus: {RuntimeStatus}, ")
            .Append($"CreatedAt: {CreatedAt:s}, LastUpdatedAt: {LastUpdatedAt:s}");
        if (SerializedInput is not null)
            text.Append($", Input: '{Shortened(SerializedInput)}'");
        if (SerializedOutput is not null)
            text.Append($", Output: '{Shortened(SerializedOutput)}'");
        if (FailureDetails is { } failure)
            text.Append($", FailureDetails: '{failure.ErrorType} - {Shortened(failure.ErrorMessage)}'");
        return text.Append(']').ToString();
    }

    private static string Shortened(string payload) => payload.Length > 50 ? $"{payload[..50]}..." : payload;

    private T? Read<T>(string? data, [CallerMemberName] string reader = "")
    {
        if (DataConverter is null)
        {
            throw new InvalidOperationException(
                $"{reader} needs an instance that was read with getInputsAndOutputs (or FetchInputsAndOutputs).");
        }

        return DataConverter.Deserialize<T>(data);
    }
}

/// <summary>Where an instance stands.</summary>
[SuppressMessage("Design", "CA1008", Justification = "The numbers are those of the real package.")]
public enum OrchestrationRuntimeStatus
{
    Running,
    Completed,
    [Obsolete("The ContinuedAsNew status is obsolete and exists only for compatibility reasons.")]
    ContinuedAsNew,
    Failed,
    [Obsolete("The Canceled status is not currently used and exists only for compatibility reasons.")]
    Canceled,
    Terminated,
    Pending,
    Suspended,
}
