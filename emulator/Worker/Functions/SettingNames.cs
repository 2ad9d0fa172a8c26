using System.Text;
using Microsoft.Extensions.Configuration;

namespace Tasklane.Emulator.Worker.Functions;

/// <summary>Settings by the names that bindings use: `%NAME%` in their texts, and connections.</summary>
internal sealed class SettingNames(IConfiguration settings)
{
    /// <summary>The text with every `%NAME%` replaced.</summary>
    /// <exception cref="FunctionErrorException">A setting is missing; the sentence is the real host's.</exception>
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
        settings[name] ?? settings[name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)];

    /// <summary>
    /// The connection string that a binding's `connection` names (default `AzureWebJobsStorage`): the setting of that name, with
    /// or without the prefix `AzureWebJobs`, or a connection string of that name.
    /// </summary>
    public string? Connection(string? name)
    {
        name = string.IsNullOrEmpty(name) ? "AzureWebJobsStorage" : name;
        return Setting($"AzureWebJobs{name}") ?? Setting(name) ?? settings.GetConnectionString(name);
    }
}
