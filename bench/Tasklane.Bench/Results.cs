using System.Globalization;
using System.Runtime.InteropServices;

namespace Tasklane.Bench;

/// <summary>bench/RESULTS.md: a section per benchmark, each replaced by its next run.</summary>
internal sealed class Results
{
    private const string Title = "# Measured\n\nWritten by `./dev bench`; every number comes from a run, nothing is edited by hand.\n";
    private readonly string file;
    private readonly SortedDictionary<string, string> sections = new(StringComparer.Ordinal);

    private Results(string file) => this.file = file;

    public static Results Open(string root)
    {
        var results = new Results(Path.Combine(root, "bench", "RESULTS.md"));
        if (!File.Exists(results.file)) return results;
        foreach (var section in File.ReadAllText(results.file).Split("\n## ").Skip(1))
        {
            var end = section.IndexOf('\n', StringComparison.Ordinal);
            results.sections[section[..end]] = section[(end + 1)..].Trim();
        }

        return results;
    }

    /// <summary>Prints a section and writes the file anew.</summary>
    /// <param name="text">Markdown: the method in a sentence or two, then the numbers.</param>
    public void Write(string section, string text)
    {
        text = $"{text.Trim()}\n\n{Machine()}";
        Console.WriteLine($"\n## {section}\n\n{text}\n");
        sections[section] = text;
        File.WriteAllText(file, Title + string.Concat(sections.Select(s => $"\n## {s.Key}\n\n{s.Value}\n")));
    }

    /// <summary>A markdown table; numbers to the right.</summary>
    public static string Table(string[] head, IEnumerable<string[]> rows)
    {
        string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |\n";
        return Line(head) + Line(head.Select((_, column) => column == 0 ? "---" : "---:")) + string.Concat(rows.Select(Line));
    }

    public static string Number(double value, int digits = 0) => value.ToString($"N{digits}", CultureInfo.InvariantCulture);

    private static string Machine()
    {
        var cpu = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
            : null;
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30);
        return $"*{cpu ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} cores, {Number(memory)} GiB; "
            + $"{RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}; "
            + $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd}*";
    }
}
