using Tasklane.Client;

namespace Tasklane.Cli;

/// <summary>Where the service is and who asks, as the environment says: a secret among the arguments could be read by everybody on the machine.</summary>
internal static class Connection
{
    public const string DefaultUrl = "http://localhost:7071";

    public static string UrlOf(string? option) => option ?? Variable("TASKLANE_URL") ?? DefaultUrl;

    /// <param name="retries">How often what may help is tried again: people at a terminal want to know soon.</param>
    /// <exception cref="ArgumentException">The address is none.</exception>
    public static TasklaneClientOptions Options(string? option, int retries = 2)
    {
        var text = UrlOf(option);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new ArgumentException($"'{text}' is no address: give --url or TASKLANE_URL one such as {DefaultUrl}.");
        return new TasklaneClientOptions { Url = url, Credential = Credential(url), MaxRetries = retries };
    }

    private static TasklaneCredential? Credential(Uri url)
    {
        if (Variable("TASKLANE_TOKEN") is { } token)
            return TasklaneCredential.Bearer(token);
        // Only the local host believes a name, and no other is to be asked to.
        return url.IsLoopback
            ? TasklaneCredential.LocalUser(
                Variable("TASKLANE_USER") ?? Environment.UserName,
                (Variable("TASKLANE_ROLES") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            : null;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
