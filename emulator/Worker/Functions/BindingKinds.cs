namespace Tasklane.Emulator.Worker.Functions;

/// <summary>
/// A type of trigger: takes its functions while the host loads, listens once everything else has started, and runs functions
/// through <see cref="FunctionInvoker"/>.
/// </summary>
internal interface ITriggerKind
{
    /// <summary>As in the metadata, `timerTrigger`; compared without case.</summary>
    string Type { get; }

    /// <summary>Called once per function that is not disabled, before anything listens.</summary>
    /// <exception cref="FunctionErrorException">The function is in error, with that message.</exception>
    void Add(HostFunction function);

    Task StartAsync(CancellationToken cancellationToken);

    Task StopAsync(CancellationToken cancellationToken);
}

/// <summary>A trigger that makes its own data when somebody asks `/admin/functions/NAME` to run a function now.</summary>
internal interface IRunsOnDemand
{
    /// <param name="function">One of this kind's functions.</param>
    /// <param name="input">The text of the request, if any.</param>
    /// <param name="cancellationToken">Fires when the host stops.</param>
    Task RunAsync(HostFunction function, string? input, CancellationToken cancellationToken);
}

/// <summary>A type of input binding, `durableClient`, `blob`.</summary>
internal interface IInputKind
{
    string Type { get; }

    /// <summary>Called once per binding while the host loads.</summary>
    /// <exception cref="FunctionErrorException">The function is in error, with that message.</exception>
    InputReader Bind(HostFunction function, FunctionBinding binding);
}

/// <summary>A type of output binding, `queue`, `signalR`.</summary>
internal interface IOutputKind
{
    string Type { get; }

    /// <summary>Called once per binding while the host loads.</summary>
    /// <exception cref="FunctionErrorException">The function is in error, with that message.</exception>
    OutputWriter Bind(HostFunction function, FunctionBinding binding);
}
