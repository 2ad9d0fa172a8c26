using System.Net;
using Microsoft.AspNetCore.Http;

namespace Tasklane.Emulator.Http;

/// <summary>
/// Who may speak to this host: this machine, under its own names. A page of another site can make a browser send requests here; so a
/// request that changes something by the host's own doors, or in the name of a signed-in user, must not come from another origin. A
/// name that merely resolves to this machine (DNS rebinding) is refused altogether.
/// </summary>
internal sealed class LocalOnly(HostEnvironment environment)
{
    private static readonly PathString[] _ownDoors = ["/admin", "/runtime/webhooks", "/.auth", "/_emulator"];

    private readonly HashSet<string> _names = new(
        (environment.Setting("TASKLANE_EMULATOR_ALLOWED_HOSTS") ?? "")
            .Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        StringComparer.OrdinalIgnoreCase);

    private readonly HashSet<string> _origins = new(
        environment.LocalSettings.CorsOrigins.Select(origin => origin.TrimEnd('/')), StringComparer.OrdinalIgnoreCase);

    public RequestDelegate Wrap(RequestDelegate next) => http =>
    {
        if (Refusal(http.Request) is not { } sentence)
            return next(http);
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        return http.Response.WriteAsJsonAsync(
            new { status = StatusCodes.Status403Forbidden, title = sentence }, options: null, "application/problem+json", http.RequestAborted);
    };

    private string? Refusal(HttpRequest request)
    {
        if (!IsOwn(request.Host.Host))
        {
            return $"This host answers on this machine only, not as '{Shown(request.Host.Host)}'. Names it may have besides are listed in "
                + "TASKLANE_EMULATOR_ALLOWED_HOSTS.";
        }

        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
            return null;
        if (!IsGuarded(request) || IsOwnOrigin(request))
            return null;
        return $"A page of another site ('{Shown(request.Headers.Origin.ToString())}') may not change anything here.";
    }

    private static bool IsGuarded(HttpRequest request) =>
        Array.Exists(_ownDoors, door => request.Path.StartsWithSegments(door))
        || request.Headers.Cookie.Count > 0;

    private bool IsOwnOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0)
            return request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin" or "none";
        if (_origins.Contains(origin))
            return true;
        return Uri.TryCreate(origin, UriKind.Absolute, out var uri) && IsOwn(uri.Host) && uri.Port == (request.Host.Port ?? 80);
    }

    private bool IsOwn(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address))
        || _names.Contains(host);

    private static string Shown(string text)
    {
        var visible = new string([.. text.Take(100).Where(character => !char.IsControl(character))]);
        return text.Length > 100 ? visible + "..." : visible;
    }
}
