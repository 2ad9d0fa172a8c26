namespace Tasklane.Tasks.Files;

/// <summary>A file that a user has uploaded, or a task has written.</summary>
/// <param name="Id">32 hex digits.</param>
/// <param name="Name">For people, and for what comes after its last '.'.</param>
/// <param name="Length">How many bytes it will have; null while that is not known.</param>
/// <param name="Size">How many bytes there are.</param>
/// <param name="Sha256">Of the whole, in lower case hex digits; null until it is complete.</param>
/// <param name="ExpiresAt">It is deleted some time after.</param>
public sealed record StoredFile(
    string Id, string Owner, string Name, string ContentType, long? Length, long Size, string? Sha256, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    public bool IsComplete => Sha256 is not null;
}

/// <summary>A piece of a file.</summary>
/// <param name="At">Where its first byte stands.</param>
public readonly record struct FilePiece(long At, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Files, in pieces of up to 1 MiB, beside the tasks. Nothing of a file is in memory but the piece that is written or read. Errors as in
/// <see cref="Storing.ITaskStore"/>; all members are safe for concurrent use.
/// </summary>
public interface IFileStore
{
    /// <summary>Makes a file without bytes; false when there is one of that id.</summary>
    Task<bool> CreateAsync(StoredFile file, CancellationToken cancellation);

    /// <summary>The file; null when there is none or it is not <paramref name="owner"/>'s (null = anybody's).</summary>
    Task<StoredFile?> GetAsync(string id, string? owner, CancellationToken cancellation);

    /// <summary>
    /// Writes a piece at a place, up to which there must be bytes. What was at that place or behind it is gone: whoever goes on from an
    /// earlier place writes the rest anew. False, and nothing is written, when the file is shorter than that, complete, or not there.
    /// </summary>
    Task<bool> WriteAsync(string id, long at, ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>The file is whole. False when it does not have exactly <paramref name="size"/> bytes, or is not there.</summary>
    Task<bool> CompleteAsync(string id, long size, string sha256, CancellationToken cancellation);

    /// <summary>The piece that holds the byte at a place; null past the end.</summary>
    Task<FilePiece?> ReadAsync(string id, long at, CancellationToken cancellation);

    /// <summary>A user's files, in the order of their ids.</summary>
    Task<IReadOnlyList<StoredFile>> ListAsync(string owner, string? after, int limit, CancellationToken cancellation);

    /// <summary>How many files a user has, and how many bytes they have or will have.</summary>
    Task<(long Files, long Bytes)> UsedAsync(string owner, CancellationToken cancellation);

    /// <summary>Deletes a file, in slices; false when there is none or it is not the owner's.</summary>
    Task<bool> DeleteAsync(string id, string? owner, CancellationToken cancellation);

    /// <summary>Ids of files whose time is over by a clock that all share, longest over first.</summary>
    Task<IReadOnlyList<string>> ListExpiredAsync(int limit, CancellationToken cancellation);
}
