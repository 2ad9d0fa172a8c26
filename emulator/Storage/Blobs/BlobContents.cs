using System.Text.Json;
using Azure.Storage.Blobs;
using Google.Protobuf;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Storage.Blobs;

/// <summary>A blob as a parameter takes it: its content, or a reference by which the worker reads it itself.</summary>
internal static class BlobContents
{
    /// <summary>What the parameter wants; an empty value when it wants the content of a blob that is not there.</summary>
    /// <param name="binding">The parameter.</param>
    /// <param name="account">Where the blob lies.</param>
    /// <param name="container">The container.</param>
    /// <param name="blob">The name; empty for the container itself.</param>
    public static async Task<TypedData> OfAsync(FunctionBinding binding, StorageAccount account, string container, string blob)
    {
        if (binding.IsDeferred)
        {
            return DeferredData.Of("AzureStorageBlobs", JsonSerializer.SerializeToUtf8Bytes(
                new { Connection = account.ConnectionName, ContainerName = container, BlobName = blob }, JsonFormat.Plain));
        }

        try
        {
            var client = account.Blobs.GetBlobContainerClient(container).GetBlobClient(blob);
            var content = (await client.DownloadContentAsync()).Value.Content;
            var wantsBytes = "Binary".Equals(binding.Text("dataType"), StringComparison.OrdinalIgnoreCase);
            return wantsBytes
                ? new TypedData { Bytes = ByteString.CopyFrom(content.ToMemory().Span) }
                : new TypedData { String = content.ToString() };
        }
        catch (Exception e) when (StorageAccount.IsNotFound(e))
        {
            return new TypedData();
        }
    }
}
