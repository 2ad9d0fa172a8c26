using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Tasklane.Tasks;

/// <summary>Finds settings that nothing reads: a misspelt one would leave its default in force without a word.</summary>
internal static class UnknownSettings
{
    private const string Section = "Tasklane";

    /// <summary>Read by its name, not through <see cref="TasklaneOptions"/>: for trials only.</summary>
    private const string Trials = "Trials";

    /// <summary>Farthest that a name is taken for a misspelling, in letters added, left out or changed.</summary>
    private const int Near = 3;

    /// <summary>A sentence per setting that nothing reads.</summary>
    public static IEnumerable<string> In(IConfiguration configuration)
    {
        foreach (var sentence in Below(configuration.GetSection(Section), typeof(TasklaneOptions)))
            yield return sentence;
        // One '_' too few makes a name of its own.
        var known = NamesOf(typeof(TasklaneOptions));
        foreach (var one in configuration.GetChildren())
        {
            if (one.Key.StartsWith(Section + "_", StringComparison.OrdinalIgnoreCase)
                && known.FirstOrDefault(name => name.Equals(one.Key[(Section.Length + 1)..].Split('_')[0], StringComparison.OrdinalIgnoreCase)) is { } meant)
            {
                yield return $"{one.Key} is not a setting; in the environment it is {Section}__{meant}, with two '_'.";
            }
        }
    }

    private static IEnumerable<string> Below(IConfigurationSection section, Type options)
    {
        var known = NamesOf(options);
        if (section.Value is not null)
            yield return $"{section.Path} is a group of settings and has no value of its own; known are: {string.Join(", ", known)}.";
        foreach (var one in section.GetChildren())
        {
            if (options == typeof(TasklaneOptions) && one.Key == Trials)
                continue;
            var property = options.GetProperty(one.Key, BindingFlags.Instance | BindingFlags.Public | BindingFlags.IgnoreCase);
            if (property is not { CanWrite: true })
            {
                var meant = known.MinBy(name => Distance(name, one.Key))!;
                yield return Distance(meant, one.Key) <= Near
                    ? $"{one.Path} is not a setting; {section.Path}:{meant} may be meant."
                    : $"{one.Path} is not a setting; known are: {string.Join(", ", known)}.";
            }
            else if (property.PropertyType.Namespace == typeof(TasklaneOptions).Namespace)
            {
                foreach (var sentence in Below(one, property.PropertyType))
                    yield return sentence;
            }
            else if (property.PropertyType.IsArray)
            {
                if (!string.IsNullOrEmpty(one.Value))
                    yield return $"{one.Path} is a list; name its entries one by one: {one.Path}:0 (in the environment {one.Path.Replace(":", "__", StringComparison.Ordinal)}__0).";
            }
            else if (property.PropertyType.IsValueType || property.PropertyType == typeof(string))
            {
                foreach (var below in one.GetChildren())
                    yield return $"{below.Path} is not a setting; {one.Path} is one value.";
            }
        }
    }

    private static string[] NamesOf(Type options) =>
        [.. options.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property.CanWrite).Select(property => property.Name)];

    /// <summary>Levenshtein's, whatever the case.</summary>
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var change = diagonal + (char.ToLowerInvariant(one[i - 1]) == char.ToLowerInvariant(other[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
