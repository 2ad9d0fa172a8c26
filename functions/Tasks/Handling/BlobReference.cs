using Azure;
using Azure.Storage.Blobs.Models;
using Tasklane.Tasks.Storage;

namespace Tasklane.Tasks.Handling;

/// <summary>
/// A blob in the storage account of the intake. A payload record with a property of this type takes blobs: one that is dropped in
/// <c>imports/{type}/</c> becomes a task of the type, and the reference its payload. <see cref="DroppedBlobs"/> opens it.
/// </summary>
/// <param name="Name">All that follows the container, with '/'.</param>
/// <param name="Etag">The version that the task is about.</param>
/// <param name="Length">In bytes.</param>
public sealed record BlobReference(string Container, string Name, string Etag, long Length)
{
    /// <summary>The one container that blobs are taken from.</summary>
    public const string Imports = "imports";

    /// <summary><see cref="TaskRecord.Source"/> of tasks that a blob made.</summary>
    public const string Source = "blob";
}

/// <summary>Opens the blobs that tasks are about.</summary>
public sealed class DroppedBlobs(StorageAccount account)
{
    /// <summary>Reads the version that is referred to, from a position on. Dispose the stream.</summary>
    /// <exception cref="TaskFailedException">It is gone (<c>blob_not_found</c>), was overwritten since (<c>blob_changed</c>), or is in no container of ours.</exception>
    public async Task<Stream> OpenAsync(BlobReference blob, long position = 0, CancellationToken cancellation = default)
    {
        if (blob.Container != BlobReference.Imports)
            throw new TaskFailedException("blob_not_found", $"Blobs are read from the container '{BlobReference.Imports}' only, not from '{Characters.Shorten(blob.Container)}'.", retry: false);
        try
        {
            var options = new BlobOpenReadOptions(allowModifications: false)
            {
                Position = position,
                Conditions = new BlobRequestConditions { IfMatch = new ETag(blob.Etag) },
            };
            return await account.Blobs.GetBlobContainerClient(blob.Container).GetBlobClient(blob.Name).OpenReadAsync(options, cancellation);
        }
        catch (RequestFailedException gone) when (gone.Status == 404)
        {
            throw new TaskFailedException("blob_not_found", $"The blob {blob.Container}/{blob.Name} is no longer there.", retry: false, inner: gone);
        }
        catch (RequestFailedException changed) when (changed.Status == 412)
        {
            throw new TaskFailedException("blob_changed", $"The blob {blob.Container}/{blob.Name} was overwritten after this task was made; its new version has a task of its own.", retry: false, inner: changed);
        }
    }
}
