using Microsoft.Extensions.Hosting;

namespace Tasklane.Emulator.Functions;

/// <summary>
/// An in-process start on its way: the app's own entry point runs, and finds in here how it is to run. Flows with the
/// execution context, so several apps can start at once.
/// </summary>
internal sealed class EmulatorLaunch(EmulatorOptions options, IReadOnlyList<Type> functionTypes, string dataDirectory)
{
    private static readonly AsyncLocal<EmulatorLaunch?> Ambient = new();

    private readonly TaskCompletionSource<IServiceProvider> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The launch this code runs for; null in an ordinary start.</summary>
    public static EmulatorLaunch? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }

    public EmulatorOptions Options => options;

    public IReadOnlyList<Type> FunctionTypes => functionTypes;

    public string DataDirectory => dataDirectory;

    /// <summary>The app's services, once everything listens.</summary>
    public Task<IServiceProvider> Started => _started.Task;

    public void ReportStarted(IServiceProvider services) => _started.TrySetResult(services);

    public void ReportFailure(Exception error) => _started.TrySetException(error);

    public void ReportEnd() => _started.TrySetException(new InvalidOperationException(
        "The program ended without starting a Functions host."));
}

/// <summary>The lifetime of an in-process app: no console, no signals; it ends when its EmulatorHost is stopped.</summary>
internal sealed class InProcessLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
