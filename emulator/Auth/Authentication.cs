using Microsoft.AspNetCore.Http;
using Tasklane.Emulator.Http;

namespace Tasklane.Emulator.Auth;

/// <summary>
/// What App Service does in front of an app: drops identity headers a caller made up, and sets those of the session.
/// Requests without a session go through, as "allow anonymous" has it; the app decides.
/// </summary>
internal sealed class Authentication(SessionTokens tokens, LocalOnly local)
{
    public const string CookieName = "AppServiceAuthSession";

    private const string PrincipalHeader = "X-MS-CLIENT-PRINCIPAL";
    private const string ReservedTokens = "X-MS-TOKEN";
    private const string Bearer = "Bearer ";

    public RequestDelegate Wrap(RequestDelegate next) => http =>
    {
        Strip(http.Request.Headers);
        return TokenOf(http.Request, out var isCookie) is { } token ? IdentifyAsync(http, token, isCookie, next) : next(http);
    };

    /// <summary>The session of a request that has passed through here.</summary>
    public static Session? Of(HttpContext http) => http.Features.Get<Session>();

    private static void Strip(IHeaderDictionary headers)
    {
        List<string>? reserved = null;
        foreach (var (name, _) in headers)
        {
            if (name.StartsWith(PrincipalHeader, StringComparison.OrdinalIgnoreCase)
                || name.StartsWith(ReservedTokens, StringComparison.OrdinalIgnoreCase))
            {
                (reserved ??= []).Add(name);
            }
        }
        foreach (var name in reserved ?? [])
            headers.Remove(name);
    }

    private static string? TokenOf(HttpRequest request, out bool isCookie)
    {
        var authorization = request.Headers.Authorization.ToString();
        isCookie = !authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase);
        if (!isCookie)
            return authorization[Bearer.Length..].Trim();
        return request.Headers.Cookie.Count > 0 ? request.Cookies[CookieName] : null;
    }

    private async Task IdentifyAsync(HttpContext http, string token, bool isCookie, RequestDelegate next)
    {
        if (await tokens.FindAsync(token) is { } session)
        {
            // Browsers send the cookie along whoever's page asks them to; even one from another port of this machine.
            if (isCookie && !LocalOnly.IsReading(http.Request) && !local.ShowsOwnOrigin(http.Request))
            {
                await local.RefuseAsync(
                    http,
                    "A change in the name of a session's cookie has to come from a page of this host, shown by Origin or Sec-Fetch-Site. "
                    + "Programs send the token as 'Authorization: Bearer'.");
                return;
            }

            http.Features.Set(session);
            var headers = http.Request.Headers;
            headers[PrincipalHeader] = session.Header;
            headers["X-MS-CLIENT-PRINCIPAL-ID"] = session.User.Name;
            headers["X-MS-CLIENT-PRINCIPAL-NAME"] = session.User.Name;
            headers["X-MS-CLIENT-PRINCIPAL-IDP"] = session.User.Provider;
        }

        await next(http);
    }
}
