using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Tasklane.Intake.Blobs;
using Tasklane.Intake.Queues;
using Tasklane.Intake.Streams;
using Tasklane.Tasks;

namespace Tasklane.Intake;

/// <summary>
/// What the host is told of the app's functions: without the triggers that the settings leave off, so that an app runs where there is
/// no storage account, and with the account and the way of watching blobs that the settings name, which an attribute cannot.
/// </summary>
internal sealed class OfferedFunctions(IFunctionMetadataProvider all, IntakeOptions intake, StreamSettings stream) : IFunctionMetadataProvider
{
    public async Task<ImmutableArray<IFunctionMetadata>> GetFunctionMetadataAsync(string directory) =>
        [.. (await all.GetFunctionMetadataAsync(directory)).Where(IsOn).Select(AsSet)];

    private bool IsOn(IFunctionMetadata function) => function.Name switch
    {
        TaskFromQueue.Name => intake.Queue,
        TaskFromBlob.Name => intake.Blobs != "off",
        ReadTaskStream.Name => stream.Enabled,
        _ => true,
    };

    private IFunctionMetadata AsSet(IFunctionMetadata function) => function.Name is not (TaskFromQueue.Name or TaskFromBlob.Name) ? function : new DefaultFunctionMetadata
    {
        Name = function.Name,
        Language = function.Language,
        ScriptFile = function.ScriptFile,
        EntryPoint = function.EntryPoint,
        Retry = function.Retry,
        RawBindings = [.. function.RawBindings!.Select(AsSet)],
    };

    private string AsSet(string binding)
    {
        var json = JsonNode.Parse(binding)!.AsObject();
        var type = json["type"]!.GetValue<string>();
        if (!type.Equals("queueTrigger", StringComparison.OrdinalIgnoreCase) && !type.Equals("blobTrigger", StringComparison.OrdinalIgnoreCase))
            return binding;
        json["connection"] = intake.Connection;
        if (intake.Blobs == "scan" && json.ContainsKey("source"))
            json["source"] = "LogsAndContainerScan";
        return json.ToJsonString();
    }
}
