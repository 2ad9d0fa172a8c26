using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Tasklane.Emulator;

/// <summary>What a host is started with, by the command line or by a test.</summary>
internal sealed class FunctionsHostOptions
{
    /// <summary>The app's assembly file.</summary>
    public required string AppPath { get; init; }

    /// <summary>The assembly, where it is loaded in this process already.</summary>
    public Assembly? AppAssembly { get; init; }

    /// <summary>Where host.json and functions.metadata lie; the folder of the assembly when null.</summary>
    public string? AppDirectory { get; init; }

    public WorkerMode WorkerMode { get; init; }

    /// <summary>The port on 127.0.0.1; 0 takes a free one; null takes the configured one, or 7071.</summary>
    public int? Port { get; init; }

    /// <summary>Where the host keeps its data.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Settings in the spelling of local.settings.json ("Tasklane__Store"). They win over the environment.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Arguments for the app's entry point.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    public bool StrictReplay { get; init; }

    /// <summary>A folder with a built web app to serve at "/".</summary>
    public string? WebRoot { get; init; }

    /// <summary>Whether a function in error stops the start. False does as the real host: its route answers 404.</summary>
    public bool FailOnFunctionErrors { get; init; } = true;

    /// <summary>Names of the functions to take; null takes all.</summary>
    public IReadOnlySet<string>? Only { get; init; }

    /// <summary>The clock of timers and durable time, and the app's TimeProvider in process. Null is the system's.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>A test's host: no console, no signals, local.settings.json is not read.</summary>
    public bool IsTest { get; init; }

    /// <summary>Called with the app's services after its own registrations; in process only.</summary>
    public Action<IServiceCollection>? ConfigureAppServices { get; init; }

    /// <summary>Called with the app's container when its worker starts; in process only.</summary>
    public Action<IServiceProvider>? AppConnected { get; init; }

    /// <summary>Called with the host's services last: a test's replacements of the host's own parts.</summary>
    public Action<IServiceCollection>? ConfigureHostServices { get; init; }
}
