using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;

namespace Tasklane.Handlers.Outbound;

/// <summary>
/// Makes every request whose address a user named, and only those that the settings allow. What is checked is the very address that is
/// connected to, each time a connection is made: a name that leads elsewhere a moment later leads nowhere.
/// </summary>
public sealed class OutboundHttp : IDisposable
{
    private const int MostRedirects = 5;

    private readonly AllowList _allowed;
    private readonly OutboundNetwork _network;
    private readonly OutboundOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public OutboundHttp(TasklaneOptions options, TimeProvider time)
        : this(options.Outbound, time, OutboundNetwork.Real)
    {
    }

    internal OutboundHttp(OutboundOptions options, TimeProvider time, OutboundNetwork network)
    {
        (_allowed, _network, _options, _time) = (new AllowList(options), network, options, time);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // each hop is checked here
            UseProxy = false, // a proxy would resolve names where nothing is checked
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            MaxResponseDrainSize = 0,
            ConnectCallback = ConnectAsync,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan, // by the clock below
        };
    }

    /// <summary>Whether the settings allow the host.</summary>
    internal bool Allows(Uri url) => _allowed.Allows(url);

    /// <inheritdoc cref="AllowList.Require(Uri)"/>
    internal void RequireAllowed(Uri url) => _allowed.Require(url);

    /// <exception cref="TaskFailedException">With a code of <see cref="OutboundErrors"/>.</exception>
    internal async Task<OutboundAnswer> SendAsync(OutboundRequest request, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(_options.TimeoutSeconds), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            for (var redirects = 0; ; redirects++)
            {
                var answer = await SendOnceAsync(request, either.Token);
                if (!request.Follow || !answer.IsRedirect)
                    return answer;
                if (redirects == MostRedirects)
                    throw new TaskFailedException(OutboundErrors.RedirectRefused, $"'{request.Url.Host}' redirects more than {MostRedirects} times.", retry: false);
                var next = Redirected(request.Url, answer.Location!);
                var headers = next.Authority == request.Url.Authority ? request.Headers : [];
                request = request with { Url = next, Headers = headers };
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TaskFailedException(OutboundErrors.TimedOut, $"'{request.Url.Host}' took longer than {_options.TimeoutSeconds} s to answer.");
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or InvalidDataException)
        {
            for (var cause = broken.InnerException; cause is not null; cause = cause.InnerException)
            {
                if (cause is TaskFailedException refused)
                    throw new TaskFailedException(refused.Code, refused.Message, refused.Retry, inner: broken);
            }
            throw new TaskFailedException(OutboundErrors.Unreachable, $"'{request.Url.Host}' could not be asked: {broken.Message}", inner: broken);
        }
    }

    /// <summary>Where an answer points to.</summary>
    /// <exception cref="TaskFailedException">It may not point there, whoever is there.</exception>
    internal static Uri Redirected(Uri from, string location)
    {
        // What is relative takes the rest from an address that has been read; what is not is read as it stands.
        var text = Uri.TryCreate(location, UriKind.Absolute, out var absolute) && absolute.Scheme != Uri.UriSchemeFile
            ? location
            : Uri.TryCreate(from, location, out var joined) ? joined.AbsoluteUri : location;
        if (!OutboundUrl.TryRead(text, out var next, out var problem))
            throw new TaskFailedException(OutboundErrors.UrlRefused, $"'{from.Host}' redirects to an address that {problem}.", retry: false);
        if (from.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps)
            throw new TaskFailedException(OutboundErrors.RedirectRefused, $"'{from.Host}' redirects from https to http.", retry: false);
        return next;
    }

    public void Dispose() => _http.Dispose();

    private async Task<OutboundAnswer> SendOnceAsync(OutboundRequest request, CancellationToken cancellation)
    {
        _allowed.Require(request.Url);
        using var message = new HttpRequestMessage(request.Method, request.Url);
        if (request.Body is { } body)
            message.Content = new ByteArrayContent(body);
        foreach (var (name, value) in request.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
                message.Content?.Headers.TryAddWithoutValidation(name, value);
        }
        using var answer = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        var (bytes, isCut) = await ReadAsync(stream, (int)Math.Min(request.MaxBytes, _options.MaxResponseKiB * 1024L), cancellation);
        // As it was sent: the header's parsed value would hide how an address was spelled.
        var location = answer.Headers.NonValidated.TryGetValues("Location", out var locations) ? locations.First() : null;
        return new OutboundAnswer(
            answer.StatusCode, request.Url, location,
            answer.Content.Headers.ContentType?.ToString(), WaitOf(answer.Headers.RetryAfter), bytes, isCut);
    }

    private TimeSpan? WaitOf(RetryConditionHeaderValue? header)
    {
        var wait = header?.Delta ?? (header?.Date is { } date ? date - _time.GetUtcNow() : null);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static async Task<(byte[] Bytes, bool IsCut)> ReadAsync(Stream stream, int most, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            var room = most - (int)bytes.Length;
            bytes.Write(buffer, 0, Math.Min(read, room));
            if (read > room)
                return (bytes.ToArray(), true);
        }
        return (bytes.ToArray(), false);
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var url = context.InitialRequestMessage.RequestUri!;
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await _network.Resolve(host, cancellation);
        if (addresses.Length == 0)
            throw new SocketException((int)SocketError.HostNotFound);
        _allowed.Require(url, addresses);
        for (var i = 0; ; i++)
        {
            // One that nobody answers at must leave time for the next.
            using var share = new CancellationTokenSource(TimeSpan.FromSeconds(_options.TimeoutSeconds / addresses.Length), _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(share.Token, cancellation);
            try
            {
                return await _network.Connect(new IPEndPoint(addresses[i], port), either.Token);
            }
            catch (Exception failed) when (i + 1 < addresses.Length && !cancellation.IsCancellationRequested && failed is SocketException or OperationCanceledException)
            {
            }
        }
    }
}
