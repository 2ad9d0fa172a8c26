using System.Text.Json;

namespace Tasklane.Emulator.Functions;

/// <summary>Binding types as function.json spells them.</summary>
internal static class BindingNames
{
    /// <summary>HttpTriggerAttribute -> httpTrigger, SignalROutputAttribute -> signalR, as the worker's SDK derives them.</summary>
    public static string TypeOf(Attribute attribute)
    {
        var name = Trim(attribute.GetType().Name, nameof(Attribute));
        if (name == "HttpResult")
            return "http";
        name = Trim(Trim(name, "Output"), "Input");
        return JsonNamingPolicy.CamelCase.ConvertName(name);
    }

    /// <summary>The real host's sentence for a binding no installed extension knows.</summary>
    public static string NotRegistered(Attribute attribute) =>
        $"The binding type(s) '{TypeOf(attribute)}' are not registered. Please ensure the type is correct and the binding "
        + "extension is installed.";

    private static string Trim(string name, string suffix) =>
        name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : name;
}
