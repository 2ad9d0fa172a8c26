using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace Tasklane.Emulator.Functions;

/// <summary>
/// Gives the value of a parameter that is not the trigger: for an input binding attribute or a special type.
/// Registered in the emulator's container; the first that handles a parameter is used.
/// </summary>
internal interface IInputBinding
{
    bool Handles(ParameterInfo parameter);

    /// <summary>Called once per parameter while the host loads; what it returns is called once per invocation.</summary>
    Func<FunctionContext, ValueTask<object?>> Create(ParameterInfo parameter);
}
