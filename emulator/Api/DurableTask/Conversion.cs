using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Microsoft.DurableTask
{
    /// <summary>How inputs, outputs, events and states become text.</summary>
    public abstract class DataConverter
    {
        [return: NotNullIfNotNull("value")]
        public abstract string? Serialize(object? value);

        [return: NotNullIfNotNull("data")]
        public abstract object? Deserialize(string? data, Type targetType);

        [return: NotNullIfNotNull("data")]
        public virtual T? Deserialize<T>(string? data) => data is null ? default : (T?)Deserialize(data, typeof(T));
    }
}

namespace Microsoft.DurableTask.Converters
{
    /// <summary>System.Text.Json with fields included: PascalCase, enums as numbers; null stays null.</summary>
    public class JsonDataConverter(JsonSerializerOptions? options = null) : DataConverter
    {
        private static readonly JsonSerializerOptions DefaultOptions = new() { IncludeFields = true };

        private readonly JsonSerializerOptions options = options ?? DefaultOptions;

        public static JsonDataConverter Default { get; } = new();

        [return: NotNullIfNotNull("value")]
        public override string? Serialize(object? value) =>
            value is null ? null : JsonSerializer.Serialize(value, options);

        [return: NotNullIfNotNull("data")]
        public override object? Deserialize(string? data, Type targetType) =>
            data is null ? null : JsonSerializer.Deserialize(data, targetType, options)!;
    }
}
