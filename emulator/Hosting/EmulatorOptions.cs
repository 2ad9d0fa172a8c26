using Microsoft.Extensions.DependencyInjection;

namespace Tasklane.Emulator;

/// <summary>How an app runs inside a test's process.</summary>
public sealed class EmulatorOptions
{
    /// <summary>The port on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; set; }

    /// <summary>Where the emulator keeps its data; null makes a temporary folder that goes with the host.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>
    /// Settings, in the spelling of local.settings.json ("Tasklane__Store"). They win over the environment;
    /// local.settings.json is not read.
    /// </summary>
    public IDictionary<string, string> Settings { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Replay every orchestration after every turn and compare: finds orchestrators that are not deterministic.</summary>
    public bool StrictReplay { get; set; } = true;

    /// <summary>The emulator's clock; also replaces the app's TimeProvider. Null is the system's.</summary>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>Called with the app's services after its own start-up code: a test's replacements go here.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; set; }

    /// <summary>Only the functions of these types; null takes those of the app's assembly.</summary>
    public IReadOnlyList<Type>? FunctionTypes { get; set; }

    /// <summary>Whether a function in error stops the start. False does as the real host: its route answers 404.</summary>
    public bool FailOnFunctionErrors { get; set; } = true;

    /// <summary>A folder with a built web app to serve at "/"; null serves none.</summary>
    public string? WebRoot { get; set; }

    /// <summary>Arguments for the app's entry point.</summary>
    public string[] Args { get; set; } = [];
}
