using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Runs a function for each event, or each batch, that Event Grid delivers.</summary>
[ConverterFallbackBehavior(ConverterFallbackBehavior.Default)]
public sealed class EventGridTriggerAttribute : TriggerBindingAttribute
{
    public bool IsBatched { get; set; }
}

/// <summary>Publishes what the function returns to a topic.</summary>
public sealed class EventGridOutputAttribute : OutputBindingAttribute
{
    /// <summary>The setting with the topic's address.</summary>
    public string? TopicEndpointUri { get; set; }

    /// <summary>The setting with the topic's key.</summary>
    public string? TopicKeySetting { get; set; }

    /// <summary>The setting (or its prefix) with the connection, instead of address and key.</summary>
    public string? Connection { get; set; }
}
