using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Tasklane.Emulator.Inspector;

/// <summary>
/// The page at /_emulator and what it reads: /_emulator/api (the sections), /_emulator/api/SECTION (a list),
/// /_emulator/api/SECTION/item?id=ID (one thing), POST /_emulator/api/SECTION/item/ACTION?id=ID (do something with it).
/// </summary>
internal sealed class InspectorEndpoints(
    IEnumerable<IInspectorSection> sections, HostEnvironment environment, HostState state, TimeProvider time) : IHostEndpoints
{
    private const int LargestPage = 500;

    // Nothing but what lies here: no inline script or style, no frame around it, no address elsewhere.
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'";

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly IInspectorSection[] _sections = [.. sections.OrderBy(section => section.Order)];

    public void Map(IEndpointRouteBuilder endpoints)
    {
        MapFile(endpoints, "/_emulator", "index.html", "text/html; charset=utf-8");
        MapFile(endpoints, "/_emulator/inspector.css", "inspector.css", "text/css; charset=utf-8");
        MapFile(endpoints, "/_emulator/inspector.js", "inspector.js", "text/javascript; charset=utf-8");
        endpoints.MapGet("/_emulator/api", http => Answer(http, StatusCodes.Status200OK, Overview()));
        endpoints.MapGet("/_emulator/api/{section}", http => WithSection(http, ListAsync));
        endpoints.MapGet("/_emulator/api/{section}/item", http => WithSection(http, FindAsync));
        endpoints.MapPost("/_emulator/api/{section}/item/{action}", http => WithSection(http, ActAsync));
    }

    private object Overview() => new
    {
        App = Path.GetFileNameWithoutExtension(environment.App.Path),
        Worker = environment.WorkerMode == WorkerMode.InProcess ? "in process" : "own process",
        Data = environment.DataDirectory,
        Now = time.GetUtcNow(),
        IsHealthy = state.IsHealthy,
        state.Faults,
        Sections = _sections.Select(section => new { section.Name, section.Title, section.Columns }),
    };

    private static async Task ListAsync(HttpContext http, IInspectorSection section)
    {
        var query = http.Request.Query;
        var limit = int.TryParse(query["limit"], out var asked) ? Math.Clamp(asked, 1, LargestPage) : 50;
        var after = query["after"].ToString();
        var rows = await section.ListAsync(
            new InspectorQuery(query["search"].ToString().Trim(), after.Length == 0 ? null : after, limit), http.RequestAborted);
        await Answer(http, StatusCodes.Status200OK, rows);
    }

    private static async Task FindAsync(HttpContext http, IInspectorSection section)
    {
        if (await section.FindAsync(http.Request.Query["id"].ToString(), http.RequestAborted) is { } detail)
            await Answer(http, StatusCodes.Status200OK, detail);
        else
            await Refuse(http, StatusCodes.Status404NotFound, "It is not there, or not any more.");
    }

    private static async Task ActAsync(HttpContext http, IInspectorSection section)
    {
        if (!http.Request.HasJsonContentType())
        {
            // Keeps pages of other sites out too: such a request needs their preflight.
            await Refuse(http, StatusCodes.Status415UnsupportedMediaType, "Send JSON: {\"input\": \"...\"}.");
            return;
        }

        try
        {
            var order = await http.Request.ReadFromJsonAsync<Order>(_json, http.RequestAborted);
            var done = await section.ActAsync(
                http.Request.Query["id"].ToString(), (string)http.Request.RouteValues["action"]!, order?.Input, http.RequestAborted);
            await Answer(http, StatusCodes.Status200OK, new { Done = done });
        }
        catch (Exception e) when (e is InspectorException or JsonException)
        {
            await Refuse(http, StatusCodes.Status400BadRequest, e.Message);
        }
    }

    private Task WithSection(HttpContext http, Func<HttpContext, IInspectorSection, Task> handle)
    {
        var name = (string)http.Request.RouteValues["section"]!;
        return Array.Find(_sections, section => section.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } section
            ? handle(http, section)
            : Refuse(http, StatusCodes.Status404NotFound, $"There is no section '{name}'.");
    }

    private static void MapFile(IEndpointRouteBuilder endpoints, string path, string file, string contentType)
    {
        using var stream = typeof(InspectorEndpoints).Assembly.GetManifestResourceStream($"Tasklane.Emulator.Inspector.Page.{file}")!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        var content = copy.ToArray();
        endpoints.MapGet(path, http =>
        {
            var headers = http.Response.Headers;
            headers.ContentSecurityPolicy = ContentPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers.CacheControl = "no-cache";
            headers["Referrer-Policy"] = "no-referrer";
            http.Response.ContentType = contentType;
            return http.Response.Body.WriteAsync(content, http.RequestAborted).AsTask();
        });
    }

    private static Task Answer(HttpContext http, int status, object value)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return http.Response.WriteAsJsonAsync(value, value.GetType(), _json, http.RequestAborted);
    }

    private static Task Refuse(HttpContext http, int status, string sentence) => Answer(http, status, new { Error = sentence });

    private sealed record Order(string? Input);
}
