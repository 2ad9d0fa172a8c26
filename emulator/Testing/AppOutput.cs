using System.Reflection;
using System.Text.Json;

namespace Tasklane.Emulator.Testing;

/// <summary>
/// Finds an app's build output from a test that references it. The build of the test project notes where its apps lie
/// (`*.functionapps`, by the targets file that comes with this package): when it references several, their host.json all land in the
/// test's folder under one name, and only one survives.
/// </summary>
internal static class AppOutput
{
    private const string Metadata = "functions.metadata";

    /// <exception cref="FunctionsTestHostException">It cannot be told which folder is the app's.</exception>
    public static string Find(Assembly app)
    {
        var name = app.GetName().Name!;
        var here = Path.GetDirectoryName(app.Location) is { Length: > 0 } folder
            ? folder
            : throw new FunctionsTestHostException($"{name} was not loaded from a file; name its build output as AppDirectory.");
        if (app.EntryPoint is null)
        {
            throw new FunctionsTestHostException(
                $"{name} has no entry point, so it is no isolated function app. Name a type of the app itself, not of a library it uses.");
        }

        if (Noted(here, name) is { } noted)
            return noted;
        var others = OtherAppsIn(here, name);
        if (others.Count == 0)
            return here;
        throw new FunctionsTestHostException(
            $"The host.json and functions.metadata in {here} belong to {string.Join(", ", others)}, not to {name}: several apps are "
            + "referenced, and their files have one name each. Name the build output of the app as AppDirectory.");
    }

    private static string? Noted(string here, string name)
    {
        foreach (var file in Directory.EnumerateFiles(here, "*.functionapps"))
        {
            foreach (var line in File.ReadLines(file))
            {
                // "Probe=../../../Probe/bin/Debug/net10.0/", from the folder of the file.
                if (line.Split('=', 2) is not [var app, var path] || !app.Equals(name, StringComparison.OrdinalIgnoreCase))
                    continue;
                var folder = Path.GetFullPath(path.Replace('\\', '/'), here);
                if (File.Exists(Path.Combine(folder, Metadata)))
                    return Path.TrimEndingDirectorySeparator(folder);
            }
        }

        return null;
    }

    // The apps whose functions the metadata in a folder names; a library, whose functions may be this app's, has no runtimeconfig.
    private static List<string> OtherAppsIn(string folder, string name)
    {
        var file = Path.Combine(folder, Metadata);
        if (!File.Exists(file))
            return [];
        using var functions = JsonDocument.Parse(File.ReadAllBytes(file));
        return [.. functions.RootElement.EnumerateArray()
            .Select(function => Path.GetFileNameWithoutExtension(function.GetProperty("scriptFile").GetString()!))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Where(script => !script.Equals(name, StringComparison.OrdinalIgnoreCase))
            .Where(script => File.Exists(Path.Combine(folder, $"{script}.runtimeconfig.json")))];
    }
}
