namespace Tasklane.Client;

/// <summary>Where Tasklane is, who asks, and how patient the client is.</summary>
public sealed class TasklaneClientOptions
{
    /// <summary>The service's address, <c>http://localhost:7071</c> where <c>./dev run</c> has it; a path before <c>/api</c> is kept.</summary>
    public Uri? Url { get; set; }

    /// <summary>Who asks; nobody when null, which the service answers for health only.</summary>
    public TasklaneCredential? Credential { get; set; }

    /// <summary>How often a request is sent again that met 429, a store that is away, or a connection that was lost; default 4.</summary>
    public int MaxRetries { get; set; } = 4;

    /// <summary>The longest wait before a request is sent again; one that is asked to wait longer (Retry-After) fails at once. Default 30 s.</summary>
    public TimeSpan MaxRetryWait { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a followed task's events come by SignalR where the service offers it; else they are asked for. Default true.</summary>
    public bool UseLiveEvents { get; set; } = true;

    /// <summary>The longest pause between two questions for a followed task, where no live events come; default 1 s.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock that waits go by.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <exception cref="ArgumentException">A value cannot be used; the message names it and what can.</exception>
    internal TasklaneClientOptions Check()
    {
        if (Url is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
            throw new ArgumentException($"{nameof(Url)} is '{Url}': give the service's address, such as http://localhost:7071.");
        if (MaxRetries is < 0 or > 100)
            throw new ArgumentException($"{nameof(MaxRetries)} is {MaxRetries}: it goes from 0 to 100.");
        if (MaxRetryWait < TimeSpan.Zero)
            throw new ArgumentException($"{nameof(MaxRetryWait)} is {MaxRetryWait}: it must not be negative.");
        if (PollInterval <= TimeSpan.Zero)
            throw new ArgumentException($"{nameof(PollInterval)} is {PollInterval}: it must be longer than nothing.");
        return this;
    }

    /// <summary>With a slash at its end, so that relative addresses go below it.</summary>
    internal Uri Base => Url!.AbsolutePath.EndsWith('/') ? Url : new UriBuilder(Url) { Path = Url.AbsolutePath + "/" }.Uri;
}
