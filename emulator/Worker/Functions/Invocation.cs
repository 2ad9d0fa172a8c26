using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker.Functions;

/// <summary>One run of a function: what its trigger brings.</summary>
internal sealed class Invocation(HostFunction function, string? id = null)
{
    private Dictionary<string, TypedData>? _metadata;

    public HostFunction Function => function;

    /// <summary>Known to the worker and in logs; 32 hex digits.</summary>
    public string Id { get; } = id ?? NewId();

    /// <summary>The trigger parameter's data; null sends an empty one.</summary>
    public TypedData? TriggerData { get; init; }

    /// <summary>Reaches other parameters by name, without case: route values, `DequeueCount`, the parts of a blob's path.</summary>
    public Dictionary<string, TypedData> TriggerMetadata => _metadata ??= new Dictionary<string, TypedData>(StringComparer.OrdinalIgnoreCase);

    public bool HasTriggerMetadata => _metadata is { Count: > 0 };

    /// <summary>The request of an HTTP function.</summary>
    public HttpContext? Http { get; init; }

    /// <summary>Called once the worker has been given the invocation, with all its inputs; it has not answered yet.</summary>
    public Action? Sent { get; init; }

    /// <summary>The trace this invocation belongs to; the current activity when null.</summary>
    public RpcTraceContext? Trace { get; init; }

    /// <summary>How often it was tried before, where the function has a retry policy.</summary>
    public RetryContext? Retry { get; set; }

    /// <summary>A new invocation id.</summary>
    public static string NewId() => ActivityTraceId.CreateRandom().ToHexString();
}
