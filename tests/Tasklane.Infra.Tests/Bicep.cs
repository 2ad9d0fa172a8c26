using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

[assembly: AssemblyFixture(typeof(Tasklane.Infra.Tests.Profiles))]

namespace Tasklane.Infra.Tests;

/// <summary>The bicep compiler, as its package brings it.</summary>
internal static class Bicep
{
    public static string Root { get; } = Path.GetFullPath(Metadata("Root"));

    public static string Infra { get; } = Path.Combine(Root, "infra");

    /// <returns>The exit code, and all that it said.</returns>
    public static async Task<(int Code, string Output, string Said)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Metadata("Bicep")) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        // It is a program of .NET and wants ICU, which a small machine lacks.
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var said = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await said);
    }

    private static string Metadata(string key) => typeof(Bicep).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == key).Value!;
}

/// <summary>What Azure would be asked to make, for each profile, worked out once.</summary>
public sealed class Profiles : IAsyncLifetime
{
    private readonly Dictionary<string, Profile> _all = [];

    public static TheoryData<string> Names => ["redis-public", "redis-vnet", "postgres-public", "postgres-vnet"];

    /// <summary>The compiled template, with all of its modules.</summary>
    public string Template { get; private set; } = "";

    public Profile this[string name] => _all[name];

    public async ValueTask InitializeAsync()
    {
        (_, Template, _) = await Bicep.RunAsync("build", Path.Combine(Bicep.Infra, "main.bicep"), "--stdout");
        // Copied, as the compiler writes its answer beside what it was given.
        var folder = Directory.CreateTempSubdirectory("tasklane-infra").FullName;
        try
        {
            foreach (var file in Directory.EnumerateFiles(Bicep.Infra, "*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(folder, Path.GetRelativePath(Bicep.Infra, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
            foreach (string name in Names.Select(row => row.Data))
            {
                var parameters = Path.Combine(folder, "profiles", $"{name}.bicepparam");
                var (code, _, said) = await Bicep.RunAsync(
                    "snapshot", parameters, "--mode", "overwrite", "--location", "westeurope",
                    "--subscription-id", "00000000-0000-0000-0000-000000000001", "--tenant-id", "00000000-0000-0000-0000-000000000002");
                Assert.True(code == 0 && said.Length == 0, $"{name}: {said}");
                var text = await File.ReadAllTextAsync(Path.ChangeExtension(parameters, ".snapshot.json"));
                _all[name] = new Profile(name, text, JsonNode.Parse(text)!.AsObject());
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <param name="Name">STORE-public or STORE-vnet.</param>
/// <param name="Text">All that is asked for, as JSON.</param>
public sealed record Profile(string Name, string Text, JsonObject Snapshot)
{
    public bool IsPrivate => Name.EndsWith("vnet", StringComparison.Ordinal);

    public string Store => Name.Split('-')[0];

    public IReadOnlyList<JsonObject> Resources { get; } = [.. Snapshot["predictedResources"]!.AsArray().Select(one => one!.AsObject())];

    public IEnumerable<JsonObject> OfType(string type)
    {
        var found = Resources.Where(one => Text_(one["type"]).Equals(type, StringComparison.OrdinalIgnoreCase)).ToList();
        Assert.True(found.Count > 0, $"{Name} has no {type}.");
        return found;
    }

    /// <summary>The one of that type, and a property below its properties.</summary>
    public string Property(string type, string path)
    {
        JsonNode? node = Assert.Single(OfType(type))["properties"];
        foreach (var step in path.Split('.'))
            node = node?[step];
        return node is null ? $"nothing at {path}" : Text_(node);
    }

    public IReadOnlyDictionary<string, string> Settings =>
        Assert.Single(OfType("Microsoft.Web/sites/config"), one => Text_(one["name"]).EndsWith("/appsettings", StringComparison.Ordinal))["properties"]!
            .AsObject().ToDictionary(one => one.Key, one => Text_(one.Value), StringComparer.Ordinal);

    internal static string Text_(JsonNode? node) => node is JsonValue value ? value.ToString() : node?.ToJsonString() ?? "";
}
