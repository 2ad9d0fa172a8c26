using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Http.Keys;

namespace Tasklane.Emulator.Http;

/// <summary>
/// Who may speak to this host: this machine, under its own names. A page of another site can make a browser send requests here; so a
/// request that changes something by the host's own doors, or by a session's cookie, must not come from another origin. A name that
/// merely resolves to this machine (DNS rebinding) is refused altogether. The inspector shows and does everything, so a name that leads
/// here from elsewhere (a tunnel's) opens it only where a key is asked for.
/// </summary>
internal sealed partial class LocalOnly(HostEnvironment environment, HostKeys keys, ILogger<LocalOnly> log)
{
    private static readonly PathString _inspector = "/_emulator";

    private static readonly PathString[] _ownDoors = ["/admin", "/runtime/webhooks", "/.auth", "/_emulator"];

    private readonly string[] _names = (environment.Setting("TASKLANE_EMULATOR_ALLOWED_HOSTS") ?? "")
        .Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private readonly HashSet<string> _origins = new(
        environment.LocalSettings.CorsOrigins.Select(origin => origin.TrimEnd('/')), StringComparer.OrdinalIgnoreCase);

    /// <summary>Where a request comes from, as far as its headers tell.</summary>
    private enum Origin
    {
        /// <summary>Neither Origin nor Sec-Fetch-Site: no browser of today.</summary>
        Untold,

        /// <summary>A page of this host, or of an origin that local.settings.json names.</summary>
        Own,

        Foreign,
    }

    public static bool IsReading(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)
        || HttpMethods.IsTrace(request.Method);

    public RequestDelegate Wrap(RequestDelegate next) => http =>
    {
        var request = http.Request;
        if (!IsOwn(request.Host.Host))
        {
            return RefuseAsync(
                http,
                $"This host answers on this machine only, not as '{Problem.Quote(request.Host.Host)}'. Names it may have besides are listed "
                + "in TASKLANE_EMULATOR_ALLOWED_HOSTS.");
        }

        if (request.Path.StartsWithSegments(_inspector) && !keys.AreRequired && !IsLoopback(request.Host.Host))
        {
            return RefuseAsync(
                http, "This page answers to 'localhost' only. With TASKLANE_EMULATOR_REQUIRE_KEYS=true it answers to other names too, and asks for the master key.");
        }

        return !IsReading(request) && IsOwnDoor(request.Path) && OriginOf(request) == Origin.Foreign
            ? RefuseAsync(http, $"A page of another site ('{Shown(request)}') may not change anything here.")
            : next(http);
    };

    /// <summary>Whether a page of our own sent this: what a form, or a change in the name of a cookie's owner, has to show.</summary>
    public bool ShowsOwnOrigin(HttpRequest request) => OriginOf(request) == Origin.Own;

    /// <summary>403 with a sentence, which is logged too.</summary>
    public Task RefuseAsync(HttpContext http, string sentence)
    {
        LogRefused(log, http.Request.Method, Problem.Quote(http.Request.Path.ToString()), sentence);
        return Problem.WriteAsync(http, StatusCodes.Status403Forbidden, sentence);
    }

    private static bool IsOwnDoor(PathString path) => Array.Exists(_ownDoors, door => path.StartsWithSegments(door));

    private static string Shown(HttpRequest request) =>
        Problem.Quote(request.Headers.Origin.Count > 0 ? request.Headers.Origin.ToString() : request.Headers["Sec-Fetch-Site"].ToString());

    private Origin OriginOf(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0)
        {
            return request.Headers["Sec-Fetch-Site"].ToString() switch
            {
                "" => Origin.Untold,
                "same-origin" or "none" => Origin.Own,
                _ => Origin.Foreign,
            };
        }

        if (_origins.Contains(origin))
            return Origin.Own;
        if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || !IsOwn(uri.Host))
            return Origin.Foreign;

        // Behind a tunnel the page is https and this host is not; so the scheme does not count, only that the ports are the same.
        var own = request.Host.Port;
        return uri.Port == own || (own is null && uri.IsDefaultPort) || (IsLoopback(uri.Host) && uri.Port == request.HttpContext.Connection.LocalPort)
            ? Origin.Own
            : Origin.Foreign;
    }

    private bool IsOwn(string host) => IsLoopback(host) || Array.Exists(_names, name => IsNamed(host, name));

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.AsSpan().Trim("[]"), out var address) && IPAddress.IsLoopback(address));

    private static bool IsNamed(string host, string name) => name.StartsWith("*.", StringComparison.Ordinal)
        ? host.EndsWith(name[1..], StringComparison.OrdinalIgnoreCase)
        : host.Equals(name, StringComparison.OrdinalIgnoreCase);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Path} was refused: {Sentence}")]
    private static partial void LogRefused(ILogger logger, string method, string path, string sentence);
}
