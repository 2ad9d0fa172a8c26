using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Runs a function for each new or changed blob. The path is <c>container/blob</c>, with <c>{patterns}</c>.</summary>
[ConverterFallbackBehavior(ConverterFallbackBehavior.Default)]
public sealed class BlobTriggerAttribute(string blobPath) : TriggerBindingAttribute
{
    [BindingPropertyName("path")]
    public string BlobPath { get; } = blobPath;

    /// <inheritdoc cref="QueueTriggerAttribute.Connection"/>
    public string? Connection { get; set; }

    [DefaultValue("LogsAndContainerScan")]
    public BlobTriggerSource Source { get; set; } = BlobTriggerSource.LogsAndContainerScan;
}

/// <summary>How new blobs are noticed.</summary>
public enum BlobTriggerSource
{
    LogsAndContainerScan,
    EventGrid,
}

/// <summary>Gives a function the content of a blob.</summary>
[ConverterFallbackBehavior(ConverterFallbackBehavior.Default)]
public sealed class BlobInputAttribute(string blobPath) : InputBindingAttribute
{
    public string BlobPath { get; } = blobPath;

    /// <inheritdoc cref="QueueTriggerAttribute.Connection"/>
    public string? Connection { get; set; }
}

/// <summary>Writes what the function returns to a blob.</summary>
public sealed class BlobOutputAttribute(string blobPath) : OutputBindingAttribute
{
    public string BlobPath { get; } = blobPath;

    /// <inheritdoc cref="QueueTriggerAttribute.Connection"/>
    public string? Connection { get; set; }
}
