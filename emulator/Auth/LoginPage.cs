using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Tasklane.Emulator.Auth;

/// <summary>The pages of the development login: plain HTML, no script, nothing fetched.</summary>
internal static class LoginPage
{
    private const string Style = """
        :root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif;background:light-dark(#f5f6f8,#101215);color:light-dark(#000,#d9dee4)}
        body{max-width:24rem;margin:12vh auto;padding:0 1rem}
        main{padding:1.75rem 2rem 2rem;border:1px solid light-dark(#dfe3e8,#343a42);border-radius:10px;background:light-dark(#fff,#1a1d21)}
        h1{margin:0 0 .5rem;font-size:1.3rem}
        p,small{margin:0;color:light-dark(#5a6169,#a9b0b8)}
        label{display:block;margin-top:1rem;font-weight:500}
        input{box-sizing:border-box;width:100%;padding:.5rem .7rem;border:1px solid light-dark(#ced4da,#3d4650);border-radius:8px;background:light-dark(#fff,#22272e);font:inherit}
        small{display:block;margin-top:.2rem}
        button{width:100%;margin-top:1.5rem;padding:.55rem;border:0;border-radius:8px;background:#1864ab;color:#fff;font:inherit;font-weight:600;cursor:pointer}
        :is(input,button):focus-visible{outline:2px solid light-dark(#1864ab,#74c0fc);outline-offset:2px}
        [role=alert]{border-left:4px solid #c33;padding-left:.75rem;color:inherit}
        """;

    private static readonly string Policy =
        "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; style-src "
        + $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'";

    public static Task WriteFormAsync(HttpContext http, string? redirect, string? error, string? user, string? roles)
    {
        var alert = error is null ? "" : $"<p role=\"alert\">{Encode(error)}</p>";
        var (title, why, name, role, hint, signIn) = IsChinese(http)
            ? ("登录（开发环境）", "此页代替 App Service 的真实登录。可以使用任意身份。", "用户", "角色", "以逗号分隔，例如 admin。可以为空。", "登录")
            : ("Sign in (development)", "This stands in for the real sign-in of App Service. Be whoever you like.", "User", "Roles",
                "Separated by commas, for example admin. May be empty.", "Sign in");
        return WriteAsync(http, title, $"""
            {alert}
            <p>{why}</p>
            <form method="post">
            <input type="hidden" name="post_login_redirect_uri" value="{Encode(redirect)}">
            <label for="user">{name}</label>
            <input id="user" name="user" value="{Encode(user)}" required maxlength="256" autocomplete="username" autofocus>
            <label for="roles">{role}</label>
            <input id="roles" name="roles" value="{Encode(roles)}" aria-describedby="hint" autocomplete="off">
            <small id="hint">{hint}</small>
            <button>{signIn}</button>
            </form>
            """);
    }

    public static Task WriteSignedOutAsync(HttpContext http) => IsChinese(http)
        ? WriteAsync(http, "已退出登录", "<p>你已退出登录。</p>")
        : WriteAsync(http, "Signed out", "<p>You have been signed out.</p>");

    // What the page that sent somebody here is written in; else what the browser likes best.
    private static bool IsChinese(HttpContext http) =>
        (http.Request.Query["ui_locales"].FirstOrDefault() ?? http.Request.Headers.AcceptLanguage.ToString()).StartsWith("zh", StringComparison.OrdinalIgnoreCase);

    private static Task WriteAsync(HttpContext http, string title, string body)
    {
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return http.Response.WriteAsync($"""
            <!doctype html>
            <html lang="{(IsChinese(http) ? "zh-CN" : "en")}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{title}</title>
            <style>{Style}</style>
            </head>
            <body>
            <main>
            <h1>{title}</h1>
            {body}
            </main>
            </body>
            </html>
            """);
    }

    private static string Encode(string? text) => WebUtility.HtmlEncode(text ?? "");
}
