using System.Text.Json.Serialization;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>A message to a connection, a user, a group, or, with none of these, everybody.</summary>
public sealed class SignalRMessageAction
{
    public SignalRMessageAction(string target) => Target = target;

    public SignalRMessageAction(string target, object[]? arguments)
        : this(target) => Arguments = arguments;

    public string? ConnectionId { get; set; }

    public string? UserId { get; set; }

    public string? GroupName { get; set; }

    public string Target { get; }

    public object[]? Arguments { get; set; }

    public SignalREndpoint[]? Endpoints { get; set; }
}

/// <summary>Puts a connection or a user into a group, or takes it out of one or all.</summary>
public sealed class SignalRGroupAction(SignalRGroupActionType actionType)
{
    public string? ConnectionId { get; set; }

    public string? UserId { get; set; }

    public string? GroupName { get; set; }

    public SignalRGroupActionType Action { get; set; } = actionType;

    public SignalREndpoint[]? Endpoints { get; set; }
}

/// <inheritdoc cref="SignalRGroupAction"/>
[JsonConverter(typeof(JsonStringEnumConverter))]
public enum SignalRGroupActionType
{
    Add,
    Remove,
    RemoveAll,
}

/// <summary>An instance of the service.</summary>
public sealed class SignalREndpoint
{
    public SignalREndpointType EndpointType { get; set; }

    public string Name { get; set; } = null!;

    public string Endpoint { get; set; } = null!;

    public bool Online { get; set; }
}

/// <summary>Secondary endpoints take over when no primary one is online.</summary>
[JsonConverter(typeof(JsonStringEnumConverter))]
public enum SignalREndpointType
{
    Primary,
    Secondary,
}
