using System.IO.Compression;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;

namespace Tasklane.Emulator.Site;

/// <summary>
/// Stands for Static Web Apps: the built dashboard at "/", index.html for the pages that only exist in the browser.
/// Comes last, so no file shadows a function.
/// </summary>
internal static partial class StaticSite
{
    private const string ContentSecurityPolicy =
        "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; img-src 'self' data:; "
        // The live hub's address comes from the connection string, which may say localhost where the browser says 127.0.0.1.
        + "connect-src 'self' http://localhost:* ws://localhost:* http://127.0.0.1:* ws://127.0.0.1:*";

    private static readonly (string Name, string Value)[] SecurityHeaders =
    [
        ("Content-Security-Policy", ContentSecurityPolicy),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ];

    /// <summary>What is missing under these is missing, and no page of the app.</summary>
    private static readonly PathString[] NeverPages = ["/api", "/admin", "/runtime", "/.auth", "/_emulator"];

    /// <summary>Static Web Apps compress what they serve. The functions' answers pass by: the real host leaves them as they are.</summary>
    public static void AddTo(IServiceCollection services)
    {
        services.AddResponseCompression(o => o.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "image/svg+xml"]);
        services.Configure<BrotliCompressionProviderOptions>(o => o.Level = CompressionLevel.Optimal);
        services.Configure<GzipCompressionProviderOptions>(o => o.Level = CompressionLevel.Optimal);
    }

    public static void Use(IApplicationBuilder app, string folder)
    {
        var files = new PhysicalFileProvider(folder);
        app.Use(PagesToIndex);
        app.UseResponseCompression();
        app.UseStaticFiles(new StaticFileOptions { FileProvider = files, OnPrepareResponse = Prepare });
    }

    private static RequestDelegate PagesToIndex(RequestDelegate next) => http =>
    {
        if (IsPage(http.Request))
            http.Request.Path = "/index.html";
        return next(http);
    };

    // No function takes it, so it may be a page.
    private static bool IsPage(HttpRequest request) =>
        request.HttpContext.GetEndpoint() is null
        && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && !Path.HasExtension(request.Path.Value)
        && !Array.Exists(NeverPages, p => request.Path.StartsWithSegments(p));

    private static void Prepare(StaticFileResponseContext context)
    {
        var headers = context.Context.Response.Headers;
        foreach (var (name, value) in SecurityHeaders)
            headers[name] = value;
        // A hashed name means content that never changes; the rest is asked for again, and mostly answered with 304.
        headers.CacheControl = HashedAsset().IsMatch(context.Context.Request.Path.Value!)
            ? "public, max-age=31536000, immutable"
            : "no-cache";
    }

    [GeneratedRegex(@"^/assets/.+-[A-Za-z0-9_-]{8,}\.[a-z0-9.]+$")]
    private static partial Regex HashedAsset();
}
