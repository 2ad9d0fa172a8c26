using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;

namespace Tasklane.Emulator.Functions;

internal sealed class InvocationBindingContext(IReadOnlyDictionary<string, object?> bindingData) : BindingContext
{
    public override IReadOnlyDictionary<string, object?> BindingData => bindingData;
}

/// <summary>The W3C trace the invocation belongs to, spelled as headers spell it.</summary>
internal sealed class InvocationTrace(ActivityContext context) : TraceContext
{
    public override string TraceParent => context == default
        ? ""
        : $"00-{context.TraceId}-{context.SpanId}-{(context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00")}";

    public override string TraceState => context.TraceState ?? "";
}
