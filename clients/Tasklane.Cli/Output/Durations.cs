using System.Globalization;

namespace Tasklane.Cli.Output;

/// <summary>Lengths of time as people write them.</summary>
internal static class Durations
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        var (digits, seconds) = text switch
        {
            [.. var head, 's'] => (head, 1),
            [.. var head, 'm'] => (head, 60),
            [.. var head, 'h'] => (head, 3600),
            [.. var head, 'd'] => (head, 86_400),
            _ => (text, 1),
        };
        var isNumber = double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * seconds <= int.MaxValue;
        duration = isNumber ? TimeSpan.FromSeconds(number * seconds) : default;
        return isNumber;
    }

    public static string Text(TimeSpan length) => length switch
    {
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{length.TotalMilliseconds:0} ms"),
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{length.TotalSeconds:0.0} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)length.TotalMinutes}:{length.Seconds:00} min"),
        { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)length.TotalHours}:{length.Minutes:00} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{length.TotalDays:0.0} d"),
    };
}
