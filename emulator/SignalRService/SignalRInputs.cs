using System.Text.Json.Serialization;
using Microsoft.Extensions.Primitives;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>What a client needs to connect.</summary>
public sealed class SignalRConnectionInfo
{
    public string Url { get; set; } = null!;

    public string AccessToken { get; set; } = null!;
}

/// <summary>What a client needs to connect, for each endpoint.</summary>
public sealed class SignalRNegotiationContext
{
    public SignalREndpointConnectionInfo[] Endpoints { get; set; } = null!;
}

/// <summary>An endpoint and what a client needs to connect to it.</summary>
public sealed class SignalREndpointConnectionInfo
{
    public SignalREndpointType EndpointType { get; set; }

    public string Name { get; set; } = null!;

    public string Endpoint { get; set; } = null!;

    public bool Online { get; set; }

    public SignalRConnectionInfo ConnectionInfo { get; set; } = null!;
}

/// <summary>What a SignalR trigger function gets.</summary>
public sealed class SignalRInvocationContext
{
    public object[]? Arguments { get; set; }

    /// <summary>Why a connection ended, if not on purpose.</summary>
    public string? Error { get; set; }

    public SignalRInvocationCategory Category { get; set; }

    public string Event { get; set; } = null!;

    public string Hub { get; set; } = null!;

    public string ConnectionId { get; set; } = null!;

    public string UserId { get; set; } = null!;

    [JsonConverter(typeof(HttpHeaderDictionaryConverter))]
    public IDictionary<string, StringValues> Headers { get; set; } = null!;

    [JsonConverter(typeof(HttpHeaderDictionaryConverter))]
    public IDictionary<string, StringValues> Query { get; set; } = null!;

    [JsonConverter(typeof(HttpHeaderDictionaryConverter))]
    public IDictionary<string, StringValues> Claims { get; set; } = null!;
}

/// <summary>Connections come and go; messages are what clients send.</summary>
[JsonConverter(typeof(JsonStringEnumConverter))]
public enum SignalRInvocationCategory
{
    Connections,
    Messages,
}
