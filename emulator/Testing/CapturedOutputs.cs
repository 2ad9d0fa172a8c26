using System.Collections;
using System.Text.Json;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Testing;

/// <summary>What functions wrote to their output bindings, in the order in which the host took it.</summary>
public sealed class CapturedOutputs : IEnumerable<CapturedOutput>
{
    private readonly CapturedSequence<CapturedOutput> _outputs = new();

    /// <summary>How many there are.</summary>
    public int Count => _outputs.Snapshot().Count;

    /// <summary>Those of one function.</summary>
    public IEnumerable<CapturedOutput> Of(string function) =>
        this.Where(output => output.Function.Equals(function, StringComparison.OrdinalIgnoreCase));

    /// <summary>The first output, already there or yet to come, that a condition holds for.</summary>
    /// <param name="condition">Null takes any.</param>
    /// <param name="timeout">How long to wait; 30 seconds when null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public Task<CapturedOutput> WaitAsync(
        Func<CapturedOutput, bool>? condition = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _outputs.WaitAsync(condition ?? (static _ => true), "output", timeout, cancellationToken);

    public void Clear() => _outputs.Clear();

    public IEnumerator<CapturedOutput> GetEnumerator() => _outputs.Snapshot().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Record(HostFunction function, FunctionBinding binding, TypedData value, Invocation invocation) =>
        _outputs.Add(new CapturedOutput(function.Name, binding, value, invocation));
}

/// <summary>One value that a function gave to an output binding.</summary>
public sealed class CapturedOutput
{
    private static readonly JsonSerializerOptions _anyCase = new(JsonSerializerDefaults.Web);

    private readonly FunctionBinding _binding;
    private readonly Invocation _invocation;
    private readonly bool _isText;

    internal CapturedOutput(string function, FunctionBinding binding, TypedData value, Invocation invocation)
    {
        _binding = binding;
        _invocation = invocation;
        Function = function;
        _isText = value.DataCase == TypedData.DataOneofCase.String;
        Json = value.DataCase switch
        {
            TypedData.DataOneofCase.Json => value.Json,
            TypedData.DataOneofCase.Bytes => JsonSerializer.Serialize(value.Bytes.ToByteArray()),
            TypedData.DataOneofCase.String => JsonSerializer.Serialize(value.String),
            _ => value.ToString(),
        };
        Bytes = value.DataCase == TypedData.DataOneofCase.Bytes ? value.Bytes.ToByteArray() : System.Text.Encoding.UTF8.GetBytes(Text);
    }

    /// <summary>The function that wrote it.</summary>
    public string Function { get; }

    public string InvocationId => _invocation.Id;

    /// <summary>The binding's name: the property of the result, or `$return`.</summary>
    public string Name => _binding.Name;

    /// <summary>`queue`, `blob`, `signalR`, ...</summary>
    public string BindingType => _binding.Type;

    /// <summary>The value as JSON: a text is a JSON string, bytes are base64 in one, an array of messages is an array.</summary>
    public string Json { get; }

    /// <summary>The value as it is written: a text without quotes, everything else as JSON.</summary>
    public string Text => Json is ['"', ..] ? JsonSerializer.Deserialize<string>(Json)! : Json;

    /// <summary>The value as bytes, as it is written.</summary>
    public byte[] Bytes { get; }

    /// <summary>The value read from its JSON, also where the function wrote JSON as a text; names are compared without case.</summary>
    public T? As<T>() => typeof(T) == typeof(string) ? (T)(object)Text : JsonSerializer.Deserialize<T>(_isText ? Text : Json, _anyCase);

    /// <summary>A property of the binding with its expressions filled in: `queueName`, `blobPath`, `hubName`; null when it has none.</summary>
    public string? Property(string name) => BindingExpression.Parse(_binding.Text(name))?.Fill(_invocation);

    public override string ToString() => $"{Function}.{Name} ({BindingType}): {Json}";
}
