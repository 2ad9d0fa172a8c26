using Microsoft.DurableTask.Converters;

namespace Microsoft.DurableTask.Client;

/// <summary>Data and the converter that reads it.</summary>
public sealed class SerializedData(string data, DataConverter? converter = null)
{
    public string Value { get; } = data;

    public DataConverter Converter { get; } = converter ?? JsonDataConverter.Default;

    public T? ReadAs<T>() => Converter.Deserialize<T>(Value);
}
