using Azure.Storage.Blobs;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Storage.Blobs;

/// <summary>A function with a blob trigger.</summary>
/// <param name="Function">The function.</param>
/// <param name="Account">Where its blobs lie.</param>
/// <param name="Path">Which blobs.</param>
internal sealed record BlobTriggerFunction(HostFunction Function, StorageAccount Account, BlobPath Path)
{
    public string Id => BlobTriggerMessage.IdOf(Function.Name);

    public BlobContainerClient Container => Account.Blobs.GetBlobContainerClient(Path.Container);
}
