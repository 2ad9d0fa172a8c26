using Microsoft.DurableTask.Converters;

namespace Microsoft.DurableTask.Client;

/// <summary>How clients write and read data.</summary>
public class DurableTaskClientOptions
{
    public DataConverter DataConverter { get; set; } = JsonDataConverter.Default;

    /// <summary>The version of orchestrations started without one.</summary>
    public string DefaultVersion { get; set; } = string.Empty;

    public bool EnableEntitySupport { get; set; }
}

/// <summary>Clients by name.</summary>
public interface IDurableTaskClientProvider
{
    DurableTaskClient GetClient(string? name = null);
}

/// <summary>Data and the converter that reads it.</summary>
public sealed class SerializedData(string data, DataConverter? converter = null)
{
    public string Value { get; } = data;

    public DataConverter Converter { get; } = converter ?? JsonDataConverter.Default;

    public T? ReadAs<T>() => Converter.Deserialize<T>(Value);
}
