namespace Tasklane.Emulator.Functions;

/// <summary>Where and how this emulator runs: what EmulatorOptions, TASKLANE_EMULATOR_* and the settings files came to.</summary>
internal sealed class EmulatorEnvironment
{
    public const int DefaultPort = 7071;

    /// <summary>The port to listen on; 0 for a free one.</summary>
    public required int Port { get; init; }

    /// <summary>Where the emulator keeps what must survive a restart.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Rebuild every orchestration from its history after every turn and compare.</summary>
    public required bool StrictReplay { get; init; }

    /// <summary>The dashboard's built files, if any.</summary>
    public required string? WebRoot { get; init; }

    public required TimeProvider Time { get; init; }

    public required HostJson HostJson { get; init; }

    public required LocalSettings LocalSettings { get; init; }

    /// <summary>Whether a function in error stops the start.</summary>
    public required bool FailOnFunctionErrors { get; init; }

    /// <summary>True when a test runs the app in its own process: no console lifetime, no process exit.</summary>
    public required bool InProcess { get; init; }

    /// <summary>Where [Function] methods are looked for.</summary>
    public required IReadOnlyList<Type> FunctionTypes { get; init; }

    /// <summary>`http://localhost:PORT`, known once the server listens.</summary>
    public Uri? BaseAddress { get; set; }
}
