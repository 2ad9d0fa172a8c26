using System.Text.Json;
using Azure.Core.Serialization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.Extensions.Options;

namespace Tasklane.Emulator.Functions;

/// <summary>
/// The worker's serializer (System.Text.Json, PascalCase out, case-insensitive in), or what the app put into
/// WorkerOptions. Durable uses it too.
/// </summary>
internal sealed class WorkerDataConverter(IOptions<WorkerOptions> options) : DataConverter
{
    /// <summary>The worker's defaults; ours to use directly as long as the app has not replaced the serializer.</summary>
    public static JsonSerializerOptions DefaultJson { get; } = new() { PropertyNameCaseInsensitive = true };

    /// <summary>What WorkerOptions.Serializer is when the app sets none.</summary>
    public static ObjectSerializer Default { get; } = new JsonObjectSerializer(DefaultJson);

    private readonly ObjectSerializer? _custom = options.Value.Serializer == Default ? null : options.Value.Serializer;

    public override string? Serialize(object? value) => value switch
    {
        null => null,
        _ when _custom is not null => _custom.Serialize(value, value.GetType(), default).ToString(),
        _ => JsonSerializer.Serialize(value, value.GetType(), DefaultJson),
    };

    public override object? Deserialize(string? data, Type targetType) => data switch
    {
        null => null,
        _ when _custom is not null => _custom.Deserialize(BinaryData.FromString(data).ToStream(), targetType, default),
        _ => JsonSerializer.Deserialize(data, targetType, DefaultJson),
    };

    public ValueTask<object?> DeserializeAsync(Stream stream, Type targetType, CancellationToken cancellationToken) =>
        _custom is not null
            ? _custom.DeserializeAsync(stream, targetType, cancellationToken)
            : JsonSerializer.DeserializeAsync(stream, targetType, DefaultJson, cancellationToken);

    public Task SerializeAsync(Stream stream, object value, CancellationToken cancellationToken) =>
        _custom is not null
            ? _custom.SerializeAsync(stream, value, value.GetType(), cancellationToken).AsTask()
            : JsonSerializer.SerializeAsync(stream, value, value.GetType(), DefaultJson, cancellationToken);
}
