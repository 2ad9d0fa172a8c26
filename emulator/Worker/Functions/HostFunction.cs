using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker.Functions;

/// <summary>A function the worker has, with what the host made of its bindings.</summary>
internal sealed class HostFunction(RpcFunctionMetadata metadata)
{
    public RpcFunctionMetadata Metadata => metadata;

    /// <summary>The worker's id for it, the same in each of its lives.</summary>
    public string Id => metadata.FunctionId;

    public string Name => metadata.Name;

    public IReadOnlyList<FunctionBinding> Bindings { get; set; } = [];

    /// <summary>Null only when the function is in error.</summary>
    public FunctionBinding? Trigger { get; set; }

    /// <summary>The kind that listens for it; null when it is in error, or of a type nobody listens for in a test.</summary>
    public ITriggerKind? Kind { get; set; }

    /// <summary>Inputs other than the trigger; called for each invocation.</summary>
    public IReadOnlyList<(string Name, InputReader Read)> Inputs { get; set; } = [];

    /// <summary>Outputs by binding name; "$return" takes the return value.</summary>
    public IReadOnlyDictionary<string, OutputWriter> Outputs { get; set; } = new Dictionary<string, OutputWriter>();

    /// <summary>Takes the return value; null when it goes back to the trigger.</summary>
    public OutputWriter? Return { get; set; }

    public RpcRetryOptions? Retry => metadata.RetryOptions;

    /// <summary>Why it does not run; null when it does.</summary>
    public string? Error { get; set; }

    /// <summary>Switched off by the setting `AzureWebJobs.NAME.Disabled`.</summary>
    public bool IsDisabled { get; set; }

    public bool Runs => Error is null && !IsDisabled;

    public string ErrorSentence => $"The '{Name}' function is in error: {Error}";
}

/// <summary>Gives an input binding's value for one invocation.</summary>
internal delegate ValueTask<TypedData> InputReader(Invocation invocation);

/// <summary>Does with an output's value what its binding says; an output that is null is not written.</summary>
internal delegate ValueTask OutputWriter(TypedData value, Invocation invocation);
