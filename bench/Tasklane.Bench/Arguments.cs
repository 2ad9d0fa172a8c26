using System.Globalization;

namespace Tasklane.Bench;

/// <summary>Arguments of the form <c>--name value</c>.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> values = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="ArgumentException">Something else than names with values.</exception>
    public Arguments(ReadOnlySpan<string> arguments)
    {
        for (var i = 0; i < arguments.Length; i += 2)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == arguments.Length)
                throw new ArgumentException($"'{arguments[i]}' is not a --name with a value.");
            values[arguments[i][2..]] = arguments[i + 1];
        }
    }

    public int Number(string name, int otherwise) =>
        values.TryGetValue(name, out var value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    public string? Text(string name) => values.GetValueOrDefault(name);
}
