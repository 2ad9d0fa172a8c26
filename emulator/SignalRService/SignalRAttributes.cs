using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Runs a function when a client sends, connects or disconnects.</summary>
public sealed class SignalRTriggerAttribute : TriggerBindingAttribute
{
    /// <param name="category">See <see cref="SignalRInvocationCategory"/>; without case.</param>
    /// <param name="event">The target of a message; <c>connected</c> or <c>disconnected</c> of a connection.</param>
    public SignalRTriggerAttribute(string hubName, string category, string @event)
        : this(hubName, category, @event, [])
    {
    }

    /// <param name="parameterNames">Parameters of the function that get the message's arguments, in order.</param>
    public SignalRTriggerAttribute(string hubName, string category, string @event, params string[] parameterNames)
    {
        HubName = hubName;
        Category = category;
        Event = @event;
        ParameterNames = parameterNames;
    }

    public string HubName { get; }

    public string Category { get; }

    public string Event { get; }

    public string[] ParameterNames { get; }

    public string? ConnectionStringSetting { get; set; }
}

/// <summary>Sends what the function returns: message actions and group actions, one or an array.</summary>
public sealed class SignalROutputAttribute : OutputBindingAttribute
{
    public string? HubName { get; set; }

    public string? ConnectionStringSetting { get; set; }
}

/// <summary>Url and access token for a client. Values may hold <c>{headers.x}</c> and the like.</summary>
public sealed class SignalRConnectionInfoInputAttribute : InputBindingAttribute
{
    public string? HubName { get; set; }

    public string? ConnectionStringSetting { get; set; }

    public string? UserId { get; set; }

    public string? IdToken { get; set; }

    public string[]? ClaimTypeList { get; set; }
}

/// <summary>Urls and access tokens of all endpoints.</summary>
public sealed class SignalRNegotiationInputAttribute : InputBindingAttribute
{
    public SignalRNegotiationInputAttribute(string hubName, string connectionStringSetting)
    {
        HubName = hubName;
        ConnectionStringSetting = connectionStringSetting;
    }

    public string? HubName { get; set; }

    public string? ConnectionStringSetting { get; set; }

    public string? UserId { get; set; }

    public string? IdToken { get; set; }

    public string[]? ClaimTypeList { get; set; }
}

/// <summary>The service's endpoints.</summary>
public sealed class SignalREndpointsInputAttribute : InputBindingAttribute
{
    public SignalREndpointsInputAttribute(string hubName) => HubName = hubName;

    public SignalREndpointsInputAttribute(string hubName, string connectionStringSetting)
        : this(hubName) => ConnectionStringSetting = connectionStringSetting;

    public string? HubName { get; set; }

    public string? ConnectionStringSetting { get; set; }
}
