using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Storage.Blobs;

/// <summary>`blob` as an input: reads a blob, or refers to it or to a container.</summary>
internal sealed class BlobInputs(StorageAccounts accounts, SettingNames names) : IInputKind
{
    public string Type => "blob";

    public InputReader Bind(HostFunction function, FunctionBinding binding)
    {
        var account = accounts.Get(function, binding.Text("connection"), "Blobs");
        var path = BlobBindingPath.Of(binding, names);
        return async invocation =>
        {
            var (container, blob) = BlobPath.Split(path.Fill(invocation));
            return await BlobContents.OfAsync(binding, account, container, blob);
        };
    }
}

/// <summary>The path of a `blob` binding.</summary>
internal static class BlobBindingPath
{
    /// <exception cref="FunctionErrorException">It has none.</exception>
    public static BindingExpression Of(FunctionBinding binding, SettingNames names)
    {
        var text = names.Resolve(binding.Text("path") ?? binding.Text("blobPath") ?? "");
        _ = BlobPath.Split(text);
        return BindingExpression.Parse(text)!;
    }
}
