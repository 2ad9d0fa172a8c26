namespace Tasklane.Emulator;

/// <summary>A room with settings for the worker that are known only once the host listens.</summary>
internal interface IWorkerSettings
{
    void AddTo(IDictionary<string, string> settings, HostEnvironment environment);
}
