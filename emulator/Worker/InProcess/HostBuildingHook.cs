using System.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace Tasklane.Emulator.Worker.InProcess;

/// <summary>
/// The moment in which an app builds its host, after all its own registrations: .NET announces it on a diagnostic listener, which
/// is how test hosts and design tools reach into programs they did not write.
/// </summary>
internal sealed class HostBuildingHook : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private static readonly AsyncLocal<Action<IHostBuilder>?> _current = new();

    // For good: a listener that is disposed of could not be told from one that never was.
    private static readonly IDisposable _subscription = DiagnosticListener.AllListeners.Subscribe(new HostBuildingHook());

    /// <summary>For what runs from here on, in this flow of execution: what to do with the host it builds.</summary>
    public static void Set(Action<IHostBuilder> configure)
    {
        _ = _subscription;
        _current.Value = configure;
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == "Microsoft.Extensions.Hosting")
            value.Subscribe(this);
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key == "HostBuilding" && _current.Value is { } configure)
            configure((IHostBuilder)value.Value!);
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }
}
