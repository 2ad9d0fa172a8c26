using System.Text;

namespace Tasklane.Handlers.Importing;

/// <summary>A record of a CSV file (RFC 4180), once it is whole.</summary>
internal static class Csv
{
    private static readonly char[] Delimiters = [',', ';', '\t', '|'];

    /// <summary>Of what may stand between fields, the one that is there most often outside of quotes.</summary>
    public static char GuessDelimiter(string line)
    {
        var counts = new int[Delimiters.Length];
        var inQuotes = false;
        foreach (var c in line)
        {
            if (c == '"')
                inQuotes = !inQuotes;
            else if (!inQuotes && Array.IndexOf(Delimiters, c) is >= 0 and var known)
                counts[known]++;
        }
        return Delimiters[Array.IndexOf(counts, counts.Max())];
    }

    /// <summary>Splits a record into fields; null when it could, else what is wrong with it.</summary>
    public static string? Split(string record, char delimiter, List<string> fields)
    {
        fields.Clear();
        var quoted = new StringBuilder();
        for (var at = 0; ;)
        {
            if (at < record.Length && record[at] == '"')
            {
                quoted.Clear();
                for (at++; ; at++)
                {
                    var quote = record.IndexOf('"', at);
                    if (quote < 0)
                        return "has a double quote that is not closed";
                    quoted.Append(record, at, quote - at);
                    at = quote + 1;
                    if (at == record.Length || record[at] != '"')
                        break;
                    quoted.Append('"');
                }
                if (at < record.Length && record[at] != delimiter)
                    return $"has text behind a closing quote, at character {at + 1}";
                fields.Add(quoted.ToString());
            }
            else
            {
                var end = record.IndexOf(delimiter, at);
                fields.Add(end < 0 ? record[at..] : record[at..end]);
                at = end < 0 ? record.Length : end;
            }
            if (at == record.Length)
                return null;
            at++;
        }
    }
}
