using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker.Extensions.Redis;

/// <summary>Runs a function for the entries of a Redis stream, each delivered to one of the app's hosts.</summary>
public class RedisStreamTriggerAttribute(string connection, string key, int pollingIntervalInMs = 1000, int maxBatchSize = 16)
    : TriggerBindingAttribute
{
    /// <summary>The setting with the connection string.</summary>
    public string Connection { get; } = connection;

    public string Key { get; } = key;

    public int PollingIntervalInMs { get; } = pollingIntervalInMs;

    /// <summary>How many entries are read at once.</summary>
    public int MaxBatchSize { get; } = maxBatchSize;
}

/// <summary>Runs a function for the items of a Redis list; they are popped, so a crash loses them.</summary>
public class RedisListTriggerAttribute(
    string connection,
    string key,
    int pollingIntervalInMs = 1000,
    int maxBatchSize = 16,
    ListDirection listDirection = ListDirection.LEFT) : TriggerBindingAttribute
{
    /// <inheritdoc cref="RedisStreamTriggerAttribute.Connection"/>
    public string Connection { get; } = connection;

    public string Key { get; } = key;

    public int PollingIntervalInMs { get; } = pollingIntervalInMs;

    /// <inheritdoc cref="RedisStreamTriggerAttribute.MaxBatchSize"/>
    public int MaxBatchSize { get; } = maxBatchSize;

    /// <summary>From which end items are popped.</summary>
    public ListDirection ListDirection { get; } = listDirection;
}

/// <summary>An end of a list.</summary>
public enum ListDirection
{
    LEFT,
    RIGHT,
}

/// <summary>Runs a function for the messages of a Redis channel, or of those a pattern matches.</summary>
public sealed class RedisPubSubTriggerAttribute(string connection, string channel, bool pattern = false)
    : TriggerBindingAttribute
{
    /// <inheritdoc cref="RedisStreamTriggerAttribute.Connection"/>
    public string Connection { get; } = connection;

    public string Channel { get; } = channel;

    public bool Pattern { get; } = pattern;
}

/// <summary>Gives a function the answer to a Redis command.</summary>
public sealed class RedisInputAttribute(string connection, string command) : InputBindingAttribute
{
    /// <inheritdoc cref="RedisStreamTriggerAttribute.Connection"/>
    public string Connection { get; } = connection;

    public string Command { get; } = command;
}

/// <summary>Runs a Redis command with what the function returns as its last arguments.</summary>
public sealed class RedisOutputAttribute(string connection, string command) : OutputBindingAttribute
{
    /// <inheritdoc cref="RedisStreamTriggerAttribute.Connection"/>
    public string Connection { get; } = connection;

    public string Command { get; } = command;
}
