using System.Globalization;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>Many numbers, most of which follow each other, as a short text: "5-7,9-12".</summary>
internal static class NumberRanges
{
    /// <param name="numbers">Growing; one at least.</param>
    public static string Write(IReadOnlyList<long> numbers)
    {
        var ranges = new List<string>();
        var first = numbers[0];
        for (var i = 1; i <= numbers.Count; i++)
        {
            if (i < numbers.Count && numbers[i] == numbers[i - 1] + 1) continue;
            ranges.Add(string.Create(CultureInfo.InvariantCulture, $"{first}-{numbers[i - 1]}"));
            if (i < numbers.Count) first = numbers[i];
        }
        return string.Join(',', ranges);
    }

    /// <summary>None, where the text is something else.</summary>
    public static List<(long First, long Last)> Read(string? text)
    {
        var ranges = new List<(long, long)>();
        foreach (var range in text?.Split(',') ?? [])
        {
            if (range.Split('-') is not [var from, var to]
                || !long.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                || !long.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var last))
                return [];
            ranges.Add((first, last));
        }
        return ranges;
    }
}
