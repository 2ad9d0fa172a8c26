namespace Tasklane.Emulator.Durable.Storage;

/// <summary>Where in a transaction the writer is.</summary>
internal enum WritePoint
{
    /// <summary>Before any statement but BEGIN.</summary>
    Begun,

    /// <summary>Some changes of the batch are written, the next is not.</summary>
    BetweenChanges,

    /// <summary>Everything is written, nothing is committed.</summary>
    BeforeCommit,

    /// <summary>COMMIT is done; a fault here is one that was done and reports an error.</summary>
    AfterCommit,

    /// <summary>The writer looks up whether a COMMIT that reported an error was done.</summary>
    LookUp,
}

/// <summary>Makes writes fail, for tests of faults and crashes.</summary>
internal interface IStorageFaults
{
    /// <summary>
    /// Called on the writer thread at each point. What it throws is taken for the disk's; any other exception ends the writer there, as
    /// a killed process ends: nothing of the batch happens any more.
    /// </summary>
    /// <param name="point">Where the writer is.</param>
    /// <param name="db">The writer's connection, to fail as SQLite itself does.</param>
    /// <exception cref="StorageException">The disk fails here.</exception>
    void At(WritePoint point, Connection db);
}
