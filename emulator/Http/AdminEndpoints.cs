using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.Hosting;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.Http;

/// <summary>The host's own API: what functions there are, run one now, is the host well.</summary>
internal sealed class AdminEndpoints(
    EmulatorEnvironment environment,
    FunctionCatalog catalog,
    HttpTriggers http,
    FunctionInvoker invoker,
    IHostApplicationLifetime lifetime)
    : IEmulatorEndpoints
{
    private readonly DateTimeOffset _started = environment.Time.GetUtcNow();
    private readonly string _instance = Guid.NewGuid().ToString("N");

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/admin/functions", context =>
            Json(context, new JsonArray([.. catalog.Functions.Select(f => Describe(f, context))])));
        endpoints.MapGet("/admin/functions/{name}", context => WithFunction(context, f => Json(context, Describe(f, context))));
        endpoints.MapGet("/admin/functions/{name}/status", context => WithFunction(context, f => Json(context, new JsonObject
        {
            ["errors"] = Errors(f),
        })));
        endpoints.MapPost("/admin/functions/{name}", context => WithFunction(context, f => RunAsync(context, f)));
        endpoints.MapGet("/admin/host/status", context => Json(context, Status()));
        endpoints.MapMethods("/admin/host/ping", ["GET", "POST"], static _ => Task.CompletedTask);
    }

    private JsonObject Status() => new()
    {
        ["id"] = "tasklane",
        ["state"] = lifetime.ApplicationStarted.IsCancellationRequested ? "Running" : "Starting",
        ["version"] = "4.1037.0.0",
        ["versionDetails"] = $"Tasklane emulator {typeof(AdminEndpoints).Assembly.GetName().Version}",
        ["instanceId"] = _instance,
        ["computerName"] = Environment.MachineName,
        ["processUptime"] = (long)(environment.Time.GetUtcNow() - _started).TotalMilliseconds,
        ["errors"] = new JsonArray([.. catalog.Functions.Where(f => f.Error is not null).Select(f => JsonValue.Create(Sentence(f)))]),
    };

    private JsonObject Describe(FunctionInfo function, HttpContext context)
    {
        var site = $"{context.Request.Scheme}://{context.Request.Host}";
        var route = http.Routes.FirstOrDefault(r => r.Function == function);
        var description = new JsonObject
        {
            ["name"] = function.Name,
            ["language"] = "dotnet-isolated",
            ["isDisabled"] = function.IsDisabled,
            ["href"] = $"{site}/admin/functions/{function.Name}",
            ["config"] = new JsonObject
            {
                ["name"] = function.Name,
                ["entryPoint"] = function.EntryPoint,
                ["language"] = "dotnet-isolated",
                ["functionDirectory"] = "",
                ["bindings"] = Bindings(function, route),
            },
            ["errors"] = Errors(function),
        };
        if (route is not null)
            description["invoke_url_template"] = $"{site}/{route.Full}";
        return description;
    }

    private static JsonArray Bindings(FunctionInfo function, HttpRoute? route)
    {
        var bindings = new JsonArray();
        foreach (var parameter in function.Method.GetParameters())
        {
            if (parameter.GetCustomAttribute<BindingAttribute>() is not { } attribute)
                continue;
            var binding = new JsonObject
            {
                ["name"] = parameter.Name,
                ["type"] = BindingNames.TypeOf(attribute),
                ["direction"] = "in",
            };
            if (attribute is HttpTriggerAttribute trigger && route is not null)
            {
                binding["authLevel"] = trigger.AuthLevel.ToString().ToLowerInvariant();
                binding["methods"] = new JsonArray([.. route.Methods.Select(m => JsonValue.Create(m.ToLowerInvariant()))]);
                binding["route"] = route.Own;
            }
            bindings.Add((JsonNode)binding);
        }
        foreach (var output in function.Plan?.Outputs ?? [])
            bindings.Add((JsonNode)new JsonObject { ["name"] = output.Name, ["type"] = output.BindingType, ["direction"] = "out" });
        return bindings;
    }

    private async Task RunAsync(HttpContext context, FunctionInfo function)
    {
        if (!context.Request.HasJsonContentType())
        {
            // Also keeps other sites' pages from running functions here: such a request needs their preflight.
            await Problem(context, StatusCodes.Status415UnsupportedMediaType, "Send JSON: {\"input\": \"...\"}.");
            return;
        }
        if (function.Error is not null)
        {
            await Problem(context, StatusCodes.Status400BadRequest, Sentence(function));
            return;
        }
        if (function.Trigger is HttpTriggerAttribute)
        {
            await Problem(context, StatusCodes.Status400BadRequest, $"'{function.Name}' is an HTTP function: call its route instead.");
            return;
        }

        string? input;
        try
        {
            var body = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            input = (body as JsonObject)?["input"] is { } value
                ? value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString()
                : null;
        }
        catch (JsonException e)
        {
            await Problem(context, StatusCodes.Status400BadRequest, $"The body is not JSON: {e.Message}");
            return;
        }

        // Accepted, not awaited: the invoker logs how it ended.
        _ = Task.Run(
            () => function.Kind is IRunsOnDemand kind
                ? kind.RunAsync(function, input, lifetime.ApplicationStopping)
                : invoker.InvokeAsync(function, input, null, lifetime.ApplicationStopping).AsTask(),
            CancellationToken.None);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private Task WithFunction(HttpContext context, Func<FunctionInfo, Task> handle)
    {
        if (catalog.Find((string)context.Request.RouteValues["name"]!) is { } function)
            return handle(function);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static JsonArray Errors(FunctionInfo function) =>
        function.Error is null ? [] : [JsonValue.Create(function.Error)];

    private static string Sentence(FunctionInfo function) => $"The '{function.Name}' function is in error: {function.Error}";

    private static Task Problem(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { status, title = sentence }, context.RequestAborted);
    }

    private static Task Json(HttpContext context, JsonNode node)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(node.ToJsonString(), context.RequestAborted);
    }
}
