using System.Text.RegularExpressions;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Storage.Queues;

/// <summary>The store's rule for names of queues.</summary>
internal static partial class QueueName
{
    /// <summary>In lower case, as the real host takes it.</summary>
    /// <exception cref="FunctionErrorException">The store would refuse it.</exception>
    public static string Checked(string name)
    {
        var lower = name.ToLowerInvariant();
        return Rule().IsMatch(lower)
            ? lower
            : throw new FunctionErrorException(
                $"'{name}' is no name of a queue: 3 to 63 lower-case letters, digits and single hyphens, beginning and ending with a letter or digit.");
    }

    [GeneratedRegex("^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Rule();
}
