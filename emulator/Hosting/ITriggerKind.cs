using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Tasklane.Emulator.Functions;

/// <summary>
/// A kind of trigger: takes the functions it handles while the host loads, listens once everything else has
/// started, and runs functions through <see cref="FunctionInvoker"/>. Registered in the emulator's container.
/// </summary>
internal interface ITriggerKind
{
    bool Handles(TriggerBindingAttribute trigger);

    /// <summary>
    /// Called once per function, before anything listens. Throwing <see cref="FunctionErrorException"/> puts the
    /// function in error with that message.
    /// </summary>
    void Add(FunctionInfo function);

    Task StartAsync(CancellationToken cancellationToken);

    Task StopAsync(CancellationToken cancellationToken);
}
