using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Tasklane.Emulator.Auth;

/// <summary>App Service authentication's own endpoints, with a provider that believes what you say.</summary>
internal sealed class AuthEndpoints(SessionTokens tokens, TimeProvider time) : IHostEndpoints
{
    private const string RedirectField = "post_login_redirect_uri";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/.auth/me", Me);
        endpoints.MapGet("/.auth/login/{provider:regex(^[a-z]{{1,20}}$)}", ShowForm);
        endpoints.MapPost("/.auth/login/{provider:regex(^[a-z]{{1,20}}$)}", LoginAsync);
        endpoints.MapGet("/.auth/logout", LogoutAsync);
        endpoints.MapGet("/.auth/logout/complete", LoginPage.WriteSignedOutAsync);
    }

    private static Task Me(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (Authentication.Of(http) is not { } session)
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        }
        return http.Response.WriteAsJsonAsync(new[]
        {
            new
            {
                provider_name = session.User.Provider,
                user_id = session.User.Name,
                user_claims = session.Principal.Claims,
                expires_on = session.User.Expires,
            },
        }, http.RequestAborted);
    }

    private static Task ShowForm(HttpContext http)
    {
        var redirect = http.Request.Query[RedirectField].ToString();
        return IsLocal(redirect)
            ? LoginPage.WriteFormAsync(http, redirect, null, null, null)
            : RejectAsync(http, NotLocal);
    }

    private async Task LoginAsync(HttpContext http)
    {
        if (http.Request.Headers["Sec-Fetch-Site"] == "cross-site")
        {
            await RejectAsync(http, "Another site may not sign you in here.");
            return;
        }

        try
        {
            await LoginByBodyAsync(http);
        }
        catch (BadHttpRequestException e)
        {
            // Chunks that are none, a length that is not kept, a body that is too large.
            await RejectAsync(http, $"The body cannot be read: {e.Message}", e.StatusCode);
        }
        catch (IOException e) when (!http.RequestAborted.IsCancellationRequested && !http.Response.HasStarted)
        {
            await RejectAsync(http, $"The session's key cannot be written: {e.Message}", StatusCodes.Status503ServiceUnavailable);
        }
    }

    private async Task LoginByBodyAsync(HttpContext http)
    {
        if (http.Request.HasJsonContentType())
            await LoginWithJsonAsync(http);
        else if (http.Request.HasFormContentType)
            await LoginWithFormAsync(http);
        else
            await RejectAsync(http, "Send JSON {\"user\": \"alice\", \"roles\": [\"admin\"]}, or a form with user and roles.");
    }

    private async Task LoginWithJsonAsync(HttpContext http)
    {
        LoginBody? body;
        try
        {
            body = await http.Request.ReadFromJsonAsync<LoginBody>(http.RequestAborted);
        }
        catch (JsonException)
        {
            body = null;
        }
        if (body is null)
            await RejectAsync(http, "The body must be {\"user\": \"alice\", \"roles\": [\"admin\"]}.");
        else if (SessionUser.Reject(body.User, body.Roles) is { } reason)
            await RejectAsync(http, reason);
        else
            await http.Response.WriteAsJsonAsync(new { token = SignIn(http, body.User!, body.Roles ?? []) }, http.RequestAborted);
    }

    private async Task LoginWithFormAsync(HttpContext http)
    {
        IFormCollection form;
        try
        {
            form = await http.Request.ReadFormAsync(http.RequestAborted);
        }
        catch (InvalidDataException e)
        {
            await RejectAsync(http, e.Message);
            return;
        }
        var redirect = form[RedirectField].ToString();
        if (!IsLocal(redirect))
        {
            await RejectAsync(http, NotLocal);
            return;
        }
        var user = form["user"].ToString().Trim();
        var roles = form["roles"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (SessionUser.Reject(user, roles) is { } reason)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await LoginPage.WriteFormAsync(http, redirect, reason, user, form["roles"]);
            return;
        }
        SignIn(http, user, roles);
        // 303: a reload of the page that follows must not sign in again.
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = redirect.Length == 0 ? "/" : redirect;
    }

    private string SignIn(HttpContext http, string user, IReadOnlyList<string> roles)
    {
        var expires = time.GetUtcNow() + SessionTokens.Lifetime;
        var token = tokens.Issue(new SessionUser((string)http.Request.RouteValues["provider"]!, user, roles, expires));
        http.Response.Cookies.Append(Authentication.CookieName, token, Cookie(SessionTokens.Lifetime));
        return token;
    }

    private static Task LogoutAsync(HttpContext http)
    {
        var redirect = http.Request.Query["post_logout_redirect_uri"].ToString();
        if (!IsLocal(redirect))
            return RejectAsync(http, "post_logout_redirect_uri must be a path on this site.");
        http.Response.Cookies.Delete(Authentication.CookieName, Cookie(null));
        http.Response.Redirect(redirect.Length == 0 ? "/.auth/logout/complete" : redirect);
        return Task.CompletedTask;
    }

    private static CookieOptions Cookie(TimeSpan? age) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = age };

    private const string NotLocal = RedirectField + " must be a path on this site.";

    /// <summary>Nothing, or a path here; "//host" and "/\host" lead elsewhere.</summary>
    private static bool IsLocal(string url) =>
        url.Length == 0 || (url[0] == '/' && (url.Length == 1 || url[1] is not ('/' or '\\')) && !url.Any(char.IsControl));

    private static Task RejectAsync(HttpContext http, string sentence, int status = StatusCodes.Status400BadRequest)
    {
        http.Response.StatusCode = status;
        var problem = new { status, title = sentence };
        return http.Response.WriteAsJsonAsync(problem, options: null, "application/problem+json", http.RequestAborted);
    }

    private sealed record LoginBody(string? User, string[]? Roles);
}
