using System.Text;
using Microsoft.Extensions.Configuration;

namespace Tasklane.Emulator.Functions;

/// <summary>Replaces %NAME% in binding attributes by settings, once, while the host loads.</summary>
internal sealed class NameResolver(IConfiguration configuration)
{
    /// <summary>The text with every %NAME% replaced; the real host's sentence when a setting is missing.</summary>
    public string Resolve(string text)
    {
        var start = text.IndexOf('%', StringComparison.Ordinal);
        if (start < 0)
            return text;

        var result = new StringBuilder();
        var position = 0;
        while (start >= 0)
        {
            var end = text.IndexOf('%', start + 1);
            if (end < 0)
                throw new FunctionErrorException($"The '%' at position {start} does not have a closing '%'");
            result.Append(text, position, start - position);
            var name = text[(start + 1)..end];
            result.Append(Setting(name) ?? throw new FunctionErrorException($"'%{name}%' does not resolve to a value."));
            position = end + 1;
            start = text.IndexOf('%', position);
        }
        return result.Append(text, position, text.Length - position).ToString();
    }

    /// <summary>A setting as functions see it: by its name, or with `__` for the section sign.</summary>
    public string? Setting(string name) =>
        configuration[name] ?? configuration[name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)];
}
