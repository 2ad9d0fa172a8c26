using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator.Testing;

/// <summary>
/// How an app runs in a test. Each host has its own port, data, settings, services and clock; the app's static fields, the process's
/// environment and the current culture are shared by all hosts of the test process.
/// </summary>
public sealed class FunctionsTestHostOptions
{
    /// <summary>The port on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; set; }

    /// <summary>Where the host keeps its data; null makes a temporary folder that goes with the host.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>
    /// The app's build output, with its host.json. Null finds it: the build of a test project notes where the apps it references
    /// lie, and one app alone has its files in the test's own output.
    /// </summary>
    public string? AppDirectory { get; set; }

    /// <summary>
    /// Settings in the spelling of local.settings.json ("Tasklane__Store"). They win over the environment; local.settings.json is
    /// not read.
    /// </summary>
    public IDictionary<string, string> Settings { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names of the functions to load; null loads all.</summary>
    public IReadOnlyCollection<string>? Functions { get; set; }

    /// <summary>Replay every orchestration from its whole history in every turn: finds orchestrators that are not deterministic.</summary>
    public bool StrictReplay { get; set; } = true;

    /// <summary>The clock of timers and durable time; also replaces the app's TimeProvider. Null is the system's.</summary>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>Called with the app's services after its own start-up code: a test's replacements go here.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; set; }

    /// <summary>
    /// Whether outputs of functions are only recorded in <see cref="FunctionsTestHost.Outputs"/> and go nowhere: no queue, no container
    /// and no connection string is needed, and binding types that this host does not know are taken too.
    /// </summary>
    public bool CaptureOutputsOnly { get; set; }

    /// <summary>What <see cref="FunctionsTestHost.Logs"/> records; Information by default.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>Whether a function in error stops the start. False does as the real host: its route answers 404.</summary>
    public bool FailOnFunctionErrors { get; set; } = true;

    /// <summary>
    /// Runs the worker in a process of its own, over the real protocol. Services, clock and <see cref="ConfigureServices"/> do not
    /// reach it.
    /// </summary>
    public bool OwnProcess { get; set; }

    /// <summary>A folder with a built web app to serve at "/"; null serves none.</summary>
    public string? WebRoot { get; set; }

    /// <summary>Arguments for the app's entry point.</summary>
    public string[] Args { get; set; } = [];

    /// <summary>Called with the host's own services, for tests of the host.</summary>
    internal Action<IServiceCollection>? ConfigureHostServices { get; set; }
}
