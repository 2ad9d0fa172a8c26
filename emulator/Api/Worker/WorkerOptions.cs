using System.Collections;
using Azure.Core.Serialization;
using Microsoft.Azure.Functions.Worker.Converters;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Settings of the worker.</summary>
public class WorkerOptions
{
    /// <summary>How inputs and outputs become JSON; System.Text.Json, PascalCase out and any case in, unless set.</summary>
    public ObjectSerializer? Serializer { get; set; }

    /// <summary>Tried in order for each parameter that no attribute gives a converter.</summary>
    public InputConverterCollection InputConverters { get; } = [];

    public IDictionary<string, string> Capabilities { get; } = new Dictionary<string, string>();

    [Obsolete("This is now the default behavior. This property may be unavailable in future releases.", false)]
    public bool EnableUserCodeException { get; set; } = true;

    public bool IncludeEmptyEntriesInMessagePayload { get; set; }
}

/// <summary>Types of converters, in order.</summary>
public sealed class InputConverterCollection : IEnumerable<Type>
{
    private readonly List<Type> converters = [];

    public void Register<T>()
        where T : IInputConverter => converters.Add(typeof(T));

    public void RegisterAt<T>(int index)
        where T : IInputConverter => converters.Insert(index, typeof(T));

    public void Clear() => converters.Clear();

    public IEnumerator<Type> GetEnumerator() => converters.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
