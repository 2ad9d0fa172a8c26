namespace Tasklane.Emulator.Functions;

/// <summary>A kind of trigger that makes its own value when someone asks `/admin/functions/NAME` to run one now.</summary>
internal interface IRunsOnDemand
{
    /// <param name="function">One of this kind's functions.</param>
    /// <param name="input">The text of the request, if any.</param>
    /// <param name="cancellationToken">Fires when the host stops.</param>
    Task RunAsync(FunctionInfo function, string? input, CancellationToken cancellationToken);
}
