using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;

namespace Tasklane.Live;

/// <summary>
/// Whether anybody watches everybody's events, as the SignalR service knows it: connections come and go without a word to this app.
/// </summary>
public sealed class Watchers(IHttpClientFactory clients, HubTokens tokens, TimeProvider time, ILogger<Watchers> logger)
{
    /// <summary>Where somebody watched, somebody is taken to watch still: a message to nobody does no harm. That nobody did says nothing about now.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private long _seen;

    /// <summary>True also when the service does not say.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancellation)
    {
        var seen = Volatile.Read(ref _seen);
        if (seen != 0 && time.GetElapsedTime(seen) < Memory)
            return true;
        try
        {
            using var http = clients.CreateClient(nameof(Watchers));
            http.Timeout = Patience;
            var (url, token) = await tokens.IssueForServiceAsync($"groups/{Hub.Watchers}", cancellation);
            using var request = new HttpRequestMessage(HttpMethod.Head, url) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
            using var answer = await http.SendAsync(request, cancellation);
            if (answer.StatusCode == HttpStatusCode.NotFound)
                return false;
            answer.EnsureSuccessStatusCode();
            Volatile.Write(ref _seen, time.GetTimestamp());
            return true;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            logger.LogDebug(failure, "The SignalR service does not say whether anybody watches.");
            return true;
        }
    }
}
