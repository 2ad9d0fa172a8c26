using System.Text.RegularExpressions;

namespace Tasklane.Emulator.Tests.Api;

/// <summary>
/// The public API of the real packages: a text file for each assembly, with a TYPE line and, under it, a line for each
/// member. Kept beside the checkout, not in it; TASKLANE_SDK_API names another place.
/// </summary>
internal sealed partial class SdkListing
{
    private readonly Dictionary<string, HashSet<string>> membersByType = [];

    public int TypeCount => membersByType.Count;

    public static SdkListing? FindBesideCheckout()
    {
        var folder = Environment.GetEnvironmentVariable("TASKLANE_SDK_API") ?? Ancestors(AppContext.BaseDirectory)
            .Select(directory => Path.Combine(directory, "shared", "sdk-api"))
            .FirstOrDefault(Directory.Exists);
        return folder is null ? null : Read(Directory.GetFiles(folder, "Microsoft.*.txt").SelectMany(File.ReadLines));
    }

    public static SdkListing Read(IEnumerable<string> lines)
    {
        var listing = new SdkListing();
        HashSet<string> members = [];
        foreach (var line in lines.Select(line => line.TrimEnd()))
        {
            if (line.StartsWith("TYPE ", StringComparison.Ordinal))
                members = listing.Members(WithoutHiddenConverters(line));
            else if (line.StartsWith("  ", StringComparison.Ordinal))
                members.Add(line.Trim());
        }

        return listing;
    }

    /// <summary>What is wrong with a type's printed lines; nothing if each of them is listed.</summary>
    public IEnumerable<string> Differences(string typeLine, IEnumerable<string> memberLines)
    {
        if (!membersByType.TryGetValue(typeLine, out var listed))
        {
            var namesakes = membersByType.Keys.Where(line => NameOf(line) == NameOf(typeLine)).ToArray();
            yield return namesakes.Length == 0
                ? $"in no listing: {typeLine}"
                : $"is      {typeLine}\nshould be {string.Join("\n       or ", namesakes)}";
            yield break;
        }

        foreach (var line in memberLines.Where(line => !listed.Contains(line)))
        {
            var name = MemberName().Match(line).Value;
            var similar = listed.Where(other => MemberName().Match(other).Value == name);
            var names = string.Join("\n          ", similar.DefaultIfEmpty("-"));
            yield return $"{NameOf(typeLine)}\n   has    {line}\n   listed {names}";
        }
    }

    /// <summary>Names of what is listed and not in <paramref name="present"/>, types by their lines with their members.</summary>
    public IEnumerable<string> Missing(IReadOnlyDictionary<string, IEnumerable<string>> present)
    {
        foreach (var (type, listed) in membersByType)
        {
            if (!present.TryGetValue(type, out var members))
                yield return SimpleName().Match(NameOf(type)).Value;
            else
                foreach (var line in listed.Except(members))
                    yield return MemberName().Match(line).Value;
        }
    }

    /// <summary>Types of the same name may be listed by several packages; here they are one.</summary>
    private HashSet<string> Members(string typeLine)
    {
        if (!membersByType.TryGetValue(typeLine, out var members))
            membersByType.Add(typeLine, members = []);
        return members;
    }

    /// <summary>
    /// Attributes of bindings name converters that are no public types: how the real worker makes values of what its
    /// host sends. The emulator has neither the sending nor these converters.
    /// </summary>
    private static string WithoutHiddenConverters(string line) => HiddenConverter().Replace(line, string.Empty).TrimEnd();

    private static string NameOf(string typeLine) => TypeName().Match(typeLine).Groups["name"].Value;

    private static IEnumerable<string> Ancestors(string directory)
    {
        for (var current = new DirectoryInfo(directory); current is not null; current = current.Parent)
            yield return current.FullName;
    }

    [GeneratedRegex(@"\[InputConverter\(typeof\(\w+\)\)\] ?")]
    private static partial Regex HiddenConverter();

    [GeneratedRegex(@"(class|struct|interface|enum|delegate \S+) (?<name>[^\s(<]+)")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"\w+(<.*>)?$")]
    private static partial Regex SimpleName();

    [GeneratedRegex(@"\w+(?=(<[^(]*>)?\()|\w+(?= [{=])")]
    private static partial Regex MemberName();
}
