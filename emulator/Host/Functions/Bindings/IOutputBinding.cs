using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Tasklane.Emulator.Functions;

/// <summary>
/// Where the value of an output binding goes, be it a method's return value or a property of its result type.
/// Registered in the emulator's container; the first that handles an attribute is used.
/// </summary>
internal interface IOutputBinding
{
    bool Handles(OutputBindingAttribute attribute);

    /// <summary>
    /// Called once per binding while the host loads; what it returns is called once per invocation with a value that
    /// is not null. Throwing there fails the invocation (an HTTP function keeps its answer, and the failure is logged).
    /// </summary>
    Func<object?, FunctionContext, ValueTask> Create(OutputBindingAttribute attribute);
}
