namespace Tasklane.Client;

/// <summary>A file that a task made.</summary>
/// <param name="Name">Without any directory.</param>
/// <param name="Length">In bytes; null where it is not known before the end.</param>
public sealed record DownloadedFile(string Name, string ContentType, long? Length);
