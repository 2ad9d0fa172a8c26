namespace Tasklane.Emulator.Worker.Functions;

/// <summary>
/// What a test's host does otherwise than all others, which have none of this: a trigger of a type that nobody listens for is taken, as
/// a test can run its function by name; outputs are seen.
/// </summary>
internal sealed record TestRules(OutputCapture Outputs);

/// <summary>Sees what functions write to their outputs.</summary>
/// <param name="only">Whether outputs go no further, so that no binding type need be known and no service need be there.</param>
/// <param name="record">Called with each value before it is written.</param>
internal sealed class OutputCapture(bool only, Action<HostFunction, FunctionBinding, Protocol.TypedData, Invocation> record)
{
    public bool Only => only;

    /// <summary>The writer to use for a binding.</summary>
    /// <param name="function">Whose output it is.</param>
    /// <param name="binding">The output.</param>
    /// <param name="kind">What writes it; null only where <see cref="Only"/> holds.</param>
    public OutputWriter Bind(HostFunction function, FunctionBinding binding, IOutputKind? kind)
    {
        var write = only ? null : kind!.Bind(function, binding);
        return (value, invocation) =>
        {
            record(function, binding, value, invocation);
            return write?.Invoke(value, invocation) ?? ValueTask.CompletedTask;
        };
    }
}
