using System.Net;
using Tasklane.Client;

namespace Tasklane.Cli.Output;

/// <summary>What went wrong, for people, on standard error.</summary>
internal static class Errors
{
    public static void Write(string sentence) => Console.Error.WriteLine($"tasklane: {Sentences.Plain(sentence)}");

    /// <param name="url">Where it was asked.</param>
    public static void Write(TasklaneException failure, string url)
    {
        Write(failure.Title);
        // Where fields are named, the detail only says the same of the first of them.
        foreach (var line in failure.Errors.Count > 0 ? failure.Errors.Select(error => $"{error.Field}: {error.Message}") : [failure.Detail])
        {
            if (line.Length > 0)
                Console.Error.WriteLine($"  {Sentences.Plain(line)}");
        }
        if (WayOut(failure, url) is { } way)
            Console.Error.WriteLine($"  {way}");
    }

    private static string? WayOut(TasklaneException failure, string url) => failure switch
    {
        { Code: TasklaneException.Unreachable } => $"Is the service running? Its address is taken from --url or TASKLANE_URL: {url}.",
        { IsForeign: true } => $"Is this the address of a Tasklane service? It is taken from --url or TASKLANE_URL: {url}.",
        { Status: HttpStatusCode.Unauthorized } => "TASKLANE_TOKEN takes a token that the service accepts.",
        { RetryAfter: { } wait } => $"It may be tried again in {Durations.Text(wait)}.",
        _ => null,
    };
}
