using Microsoft.AspNetCore.Http;

namespace Tasklane.Emulator.Http;

/// <summary>
/// Who may call from other origins: `Host.CORS` and `Host.CORSCredentials` of local.settings.json. That is about the app; what the
/// inspector shows is for its own page, also where every origin is allowed.
/// </summary>
internal sealed class CorsRules(LocalSettings settings)
{
    private const string Any = "*";

    private static readonly PathString _inspector = "/_emulator";

    private readonly HashSet<string> _origins = new(
        settings.CorsOrigins.Select(o => o.TrimEnd('/')), StringComparer.OrdinalIgnoreCase);

    /// <summary>No origin is allowed, so there is nothing to do.</summary>
    public bool IsEmpty => _origins.Count == 0;

    public RequestDelegate Wrap(RequestDelegate next) => http =>
    {
        var origin = http.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || http.Request.Path.StartsWithSegments(_inspector) || !(_origins.Contains(Any) || _origins.Contains(origin)))
            return next(http);

        var headers = http.Response.Headers;
        // With credentials the answer must name the origin.
        headers.AccessControlAllowOrigin = _origins.Contains(Any) && !settings.CorsCredentials ? Any : origin;
        headers.Vary = "Origin";
        if (settings.CorsCredentials)
            headers.AccessControlAllowCredentials = "true";

        var method = http.Request.Headers.AccessControlRequestMethod;
        if (!HttpMethods.IsOptions(http.Request.Method) || method.Count == 0)
            return next(http);
        headers.AccessControlAllowMethods = method;
        headers.AccessControlAllowHeaders = http.Request.Headers.AccessControlRequestHeaders;
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    };
}
