using System.Text.Json;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Storage.Blobs;

/// <summary>`blob` as an output: writes a blob, in place of the one that is there.</summary>
internal sealed class BlobOutputs(StorageAccounts accounts, SettingNames names) : IOutputKind
{
    public string Type => "blob";

    public OutputWriter Bind(HostFunction function, FunctionBinding binding)
    {
        var account = accounts.Get(function, binding.Text("connection"), "Blobs");
        var path = BlobBindingPath.Of(binding, names);
        return async (value, invocation) =>
        {
            var (name, blob) = BlobPath.Split(path.Fill(invocation));
            var container = account.Blobs.GetBlobContainerClient(name);
            var content = Content(value);
            try
            {
                await container.GetBlobClient(blob).UploadAsync(content, overwrite: true);
            }
            catch (Exception e) when (StorageAccount.IsNotFound(e))
            {
                await container.CreateIfNotExistsAsync();
                await container.GetBlobClient(blob).UploadAsync(content, overwrite: true);
            }
        };
    }

    private static BinaryData Content(TypedData value) => value.DataCase switch
    {
        TypedData.DataOneofCase.String => new BinaryData(value.String),
        TypedData.DataOneofCase.Bytes => new BinaryData(value.Bytes.Memory),
        TypedData.DataOneofCase.Stream => new BinaryData(value.Stream.Memory),
        TypedData.DataOneofCase.Json => new BinaryData(JsonText(value.Json)),
        _ => throw new InvalidOperationException($"A blob takes text, bytes or JSON, not {value.DataCase}."),
    };

    private static string JsonText(string json)
    {
        var root = JsonElement.Parse(json);
        return root.ValueKind == JsonValueKind.String ? root.GetString()! : json;
    }
}
