namespace Tasklane.Live;

/// <summary>Names of the live hub.</summary>
public static class Hub
{
    public const string Name = "tasks";

    /// <summary>Group of the admins who asked for everybody's events.</summary>
    public const string Watchers = "watchers";
}
