using System.Reflection;

namespace Tasklane.Emulator;

/// <summary>Where the worker runs.</summary>
internal enum WorkerMode
{
    /// <summary>In the host's process: messages stay in memory.</summary>
    InProcess,

    /// <summary>In a process of its own, over gRPC, as the real host does it.</summary>
    Process,
}

/// <summary>The function app that is hosted.</summary>
/// <param name="Path">Its assembly's file.</param>
/// <param name="Directory">Where host.json, functions.metadata and its other assemblies lie.</param>
/// <param name="Assembly">The assembly, where it is loaded in this process already.</param>
internal sealed record HostedApp(string Path, string Directory, Assembly? Assembly = null)
{
    /// <summary>Where the worker finds the assemblies that functions name: an assembly that is loaded is found where it was loaded from.</summary>
    public string ScriptDirectory => Assembly is null ? Directory : System.IO.Path.GetDirectoryName(Assembly.Location)!;
}

/// <summary>Where and how this host runs: what the command line, TASKLANE_EMULATOR_* and the settings files came to.</summary>
internal sealed class HostEnvironment
{
    public const int DefaultPort = 7071;

    public required HostedApp App { get; init; }

    public required WorkerMode WorkerMode { get; init; }

    /// <summary>The port to listen on; 0 for a free one.</summary>
    public required int Port { get; init; }

    /// <summary>Where the host keeps what must survive a restart.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Replay every orchestration from its whole history in every turn.</summary>
    public required bool StrictReplay { get; init; }

    /// <summary>A built web app to serve at "/"; null for none.</summary>
    public required string? WebRoot { get; init; }

    public required HostJson HostJson { get; init; }

    public required LocalSettings LocalSettings { get; init; }

    /// <summary>Settings for the worker beside the process's environment, in the spelling of local.settings.json.</summary>
    public required Dictionary<string, string> Settings { get; init; }

    /// <summary>All settings, the host's own view of them.</summary>
    public required Microsoft.Extensions.Configuration.IConfiguration Configuration { get; init; }

    /// <summary>Arguments for the app's entry point.</summary>
    public required IReadOnlyList<string> Args { get; init; }

    /// <summary>Whether a function in error stops the start.</summary>
    public required bool FailOnFunctionErrors { get; init; }

    /// <summary>True when a test runs the host in its own process: no console lifetime, no process exit.</summary>
    public required bool IsTest { get; init; }

    public string? Setting(string name) => Configuration[HostSettings.Key(name)];

    /// <summary>`http://localhost:PORT`, known once the server listens.</summary>
    public Uri? BaseAddress { get; set; }

    /// <summary>The address workers are given for gRPC; known once the server listens.</summary>
    public Uri? RpcAddress { get; set; }
}
