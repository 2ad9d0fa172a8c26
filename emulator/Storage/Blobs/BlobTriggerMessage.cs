using System.Text.Json;

namespace Tasklane.Emulator.Storage.Blobs;

/// <summary>A blob that a function is to run for, as it lies in the host's queue and in `webjobs-blobtrigger-poison`: the real host's JSON.</summary>
/// <param name="FunctionId">`Host.Functions.NAME`.</param>
/// <param name="BlobType">`BlockBlob`, `AppendBlob` or `PageBlob`.</param>
/// <param name="ContainerName">The container.</param>
/// <param name="BlobName">The name in it.</param>
/// <param name="ETag">The version.</param>
internal sealed record BlobTriggerMessage(string FunctionId, string BlobType, string ContainerName, string BlobName, string ETag)
{
    private const string Type = "BlobTrigger";

    public static string IdOf(string function) => $"Host.Functions.{function}";

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(new { Type, FunctionId, BlobType, ContainerName, BlobName, ETag }, JsonFormat.Plain);

    /// <summary>Null when it is none.</summary>
    public static BlobTriggerMessage? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<BlobTriggerMessage>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
