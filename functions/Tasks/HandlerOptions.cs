namespace Tasklane.Tasks;

/// <summary>Where requests may go that a task's payload names, and how much they may take.</summary>
public sealed class OutboundOptions
{
    /// <summary>
    /// Hosts that may be asked, as <see cref="HostPattern"/> has them; empty = none. Their addresses must be public ones all the same.
    /// </summary>
    public string[] AllowedHosts { get; set; } = [];

    /// <summary>
    /// Single endpoints, <c>host:port</c>, that may be asked although their addresses are loopback or private ones. In Development only:
    /// the start fails where it is set elsewhere.
    /// </summary>
    public string[] AllowedPrivate { get; set; } = [];

    /// <summary>How long a request may take, from the name's resolution to the answer's last byte, in seconds (0.1 to 300).</summary>
    public double TimeoutSeconds { get; set; } = 30;

    /// <summary>How much of an answer is read, unpacked, in KiB (1 to 16384); the rest is left.</summary>
    public int MaxResponseKiB { get; set; } = 2048;

    internal IEnumerable<string> Problems()
    {
        foreach (var host in AllowedHosts.Where(one => !HostPattern.TryParse(one, out _)))
            yield return $"Tasklane:Outbound:AllowedHosts has '{host}'; an entry must be a host as 'example.com', 'example.com:8443' or '*.example.com'.";
        foreach (var endpoint in AllowedPrivate.Where(one => !HostPattern.TryParse(one, out var pattern) || pattern is { Below: true } or { Port: null }))
            yield return $"Tasklane:Outbound:AllowedPrivate has '{endpoint}'; an entry must be one host and port as '127.0.0.1:8080'.";
        if (!(TimeoutSeconds is >= 0.1 and <= 300)) yield return $"Tasklane:Outbound:TimeoutSeconds is {TimeoutSeconds}; it must be 0.1 to 300.";
        if (MaxResponseKiB is < 1 or > 16384) yield return $"Tasklane:Outbound:MaxResponseKiB is {MaxResponseKiB}; it must be 1 to 16384.";
    }
}

/// <summary>How webhooks are signed.</summary>
public sealed class WebhookOptions
{
    private const int ShortestSecret = 16;

    /// <summary>
    /// Secrets (16 characters or more) that sign the requests of <c>custom</c> tasks; one, or two while the first replaces the second:
    /// a request is then signed by both, and receivers may know either.
    /// </summary>
    public string[] Secrets { get; set; } = [];

    internal IEnumerable<string> Problems()
    {
        if (Secrets.Length > 2) yield return $"Tasklane:Webhook:Secrets has {Secrets.Length} secrets; it must have one, or two during a rotation.";
        for (var i = 0; i < Secrets.Length; i++)
        {
            if (Secrets[i].Length < ShortestSecret)
                yield return $"Tasklane:Webhook:Secrets:{i} has {Secrets[i].Length} characters; a secret must have {ShortestSecret} or more.";
        }
    }
}

/// <summary>What crawls begin with and call themselves.</summary>
public sealed class CrawlOptions
{
    /// <summary>Where <c>crawl</c> tasks begin whose payload names no address.</summary>
    public string[] Start { get; set; } = [];

    /// <summary>The User-Agent of crawls; up to the first character that is no letter, '-' or '_' it is the name looked for in robots.txt.</summary>
    public string UserAgent { get; set; } = "Tasklane";

    internal IEnumerable<string> Problems()
    {
        foreach (var start in Start.Where(one => !IsWeb(one)))
            yield return $"Tasklane:Crawl:Start has '{start}'; an entry must be an absolute address with http or https.";
        if (UserAgent.Length is 0 or > 200 || !char.IsAsciiLetter(UserAgent[0]) || UserAgent.Any(c => c is < ' ' or > '~'))
            yield return $"Tasklane:Crawl:UserAgent is '{UserAgent}'; it must be 1 to 200 ASCII characters, the first a letter.";
    }

    internal static bool IsWeb(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";
}

/// <summary>The service that writes texts: one that speaks OpenAI's chat API. The operator's own, so no list of hosts applies to it.</summary>
public sealed class AiOptions
{
    /// <summary>Its address up to <c>/chat/completions</c>, as <c>https://api.openai.com/v1</c>; empty = there is none.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>Its key; may be empty for a server that asks for none.</summary>
    public string Key { get; set; } = "";

    /// <summary>The model that is used when a payload names none.</summary>
    public string Model { get; set; } = "";

    /// <summary>How long nothing may come of an answer before it is given up, in seconds (0.1 to 600).</summary>
    public double StallSeconds { get; set; } = 60;

    /// <summary>How long an attempt waits, in all, where the service says when to ask again, in seconds (0 to 240); longer waits fail the attempt.</summary>
    public double MaxWaitSeconds { get; set; } = 60;

    internal IEnumerable<string> Problems()
    {
        if (Endpoint.Length > 0 && !CrawlOptions.IsWeb(Endpoint))
            yield return $"Tasklane:Ai:Endpoint is '{Endpoint}'; it must be an absolute address with http or https, as https://api.openai.com/v1.";
        if (Key.Any(c => c is <= ' ' or > '~')) yield return "Tasklane:Ai:Key has a space or a character that no header may have.";
        if (!(StallSeconds is >= 0.1 and <= 600)) yield return $"Tasklane:Ai:StallSeconds is {StallSeconds}; it must be 0.1 to 600.";
        if (!(MaxWaitSeconds is >= 0 and <= 240)) yield return $"Tasklane:Ai:MaxWaitSeconds is {MaxWaitSeconds}; it must be 0 to 240.";
    }
}
