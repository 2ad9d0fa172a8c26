using System.Globalization;
using System.Numerics;

namespace Tasklane.Emulator.Timers;

/// <summary>
/// One field of an NCRONTAB expression as a set of values: `*`, `5`, `1-5`, `*/2`, `10-50/10`, `5/15` (from 5 on),
/// `mon,wed`. Names may be shortened; a range the wrong way round is turned, as NCRONTAB does.
/// </summary>
internal readonly struct CronField
{
    private static readonly string[] MonthNames =
    [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ];

    private static readonly string[] DayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    private readonly ulong _values;

    private CronField(ulong values) => _values = values;

    public static CronField Seconds(string text) => Parse(text, "second", 0, 59, []);

    public static CronField Minutes(string text) => Parse(text, "minute", 0, 59, []);

    public static CronField Hours(string text) => Parse(text, "hour", 0, 23, []);

    public static CronField Days(string text) => Parse(text, "day", 1, 31, []);

    public static CronField Months(string text) => Parse(text, "month", 1, 12, MonthNames);

    public static CronField DaysOfWeek(string text) => Parse(text, "day of week", 0, 6, DayNames);

    public int First => BitOperations.TrailingZeroCount(_values);

    public bool Contains(int value) => (_values >> value & 1) != 0;

    /// <summary>The smallest value of the set from <paramref name="value"/> on; -1 if there is none.</summary>
    public int From(int value)
    {
        var rest = value > 63 ? 0 : _values >> value;
        return rest == 0 ? -1 : value + BitOperations.TrailingZeroCount(rest);
    }

    private static CronField Parse(string text, string name, int min, int max, string[] names)
    {
        var values = 0UL;
        foreach (var part in text.Split(','))
            values |= ParsePart(part, name, min, max, names);
        return new(values);
    }

    private static ulong ParsePart(string part, string name, int min, int max, string[] names)
    {
        var (range, step) = Split(part, '/');
        var every = step is null ? 1 : Number(step, name);
        if (every < 1)
            throw new FormatException($"'{part}' is no step for the {name} field.");

        int first, last;
        if (range == "*")
            (first, last) = (min, max);
        else
        {
            var (from, to) = Split(range, '-');
            first = Value(from, name, min, max, names);
            last = to is not null ? Value(to, name, min, max, names) : every > 1 ? max : first;
            if (first > last)
                (first, last) = (last, first);
        }

        var values = 0UL;
        for (var value = first; value <= last; value += every)
            values |= 1UL << value;
        return values;
    }

    private static int Value(string text, string name, int min, int max, string[] names)
    {
        int value;
        if (names.Length > 0 && text.Length > 0 && char.IsAsciiLetter(text[0]))
        {
            var index = Array.FindIndex(names, n => n.StartsWith(text, StringComparison.OrdinalIgnoreCase));
            value = index < 0 ? -1 : index + min;
        }
        else
            value = Number(text, name);
        return value >= min && value <= max
            ? value
            : throw new FormatException($"'{text}' is no value for the {name} field, which goes from {min} to {max}.");
    }

    private static int Number(string text, string name) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"'{text}' is no number for the {name} field.");

    private static (string Left, string? Right) Split(string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }
}
