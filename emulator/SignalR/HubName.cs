using System.Text.RegularExpressions;

namespace Tasklane.Emulator.SignalR;

internal static partial class HubName
{
    public const string Rule = "A hub's name starts with a letter and has only letters, digits and underscores.";

    public static bool IsValid(string name) => Pattern().IsMatch(name);

    [GeneratedRegex("^[a-zA-Z][a-zA-Z0-9_]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
