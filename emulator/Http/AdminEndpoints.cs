using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tasklane.Emulator.Worker;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Http;

/// <summary>The host's own API: what functions there are, run one now, is the host well.</summary>
internal sealed class AdminEndpoints(
    FunctionCatalog catalog,
    HttpTriggers http,
    FunctionInvoker invoker,
    HostState state,
    TimeProvider time)
    : IHostEndpoints
{
    private readonly DateTimeOffset _started = time.GetUtcNow();
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
        ["state"] = !state.IsRunning ? "Starting" : state.IsHealthy ? "Running" : "Error",
        ["version"] = WorkerSession.HostVersion + ".0",
        ["versionDetails"] = $"Tasklane emulator {typeof(AdminEndpoints).Assembly.GetName().Version}",
        ["instanceId"] = _instance,
        ["computerName"] = Environment.MachineName,
        ["processUptime"] = (long)(time.GetUtcNow() - _started).TotalMilliseconds,
        ["errors"] = new JsonArray([.. catalog.Functions.Where(f => f.Error is not null).Select(f => f.ErrorSentence)
            .Concat(state.Faults).Select(sentence => JsonValue.Create(sentence))]),
    };

    private JsonObject Describe(HostFunction function, HttpContext context)
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
                ["entryPoint"] = function.Metadata.EntryPoint,
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

    // As the worker describes them, with what the host has made of an HTTP route.
    private static JsonArray Bindings(HostFunction function, HttpRoute? route)
    {
        var bindings = new JsonArray();
        foreach (var binding in function.Bindings)
        {
            var json = JsonNode.Parse(binding.RawJson)!.AsObject();
            json["direction"] = binding.Direction == BindingDirection.In ? "in" : "out";
            if (binding.IsTrigger && route is not null)
            {
                json["authLevel"] = route.Level.ToString().ToLowerInvariant();
                json["methods"] = new JsonArray([.. route.Methods.Select(m => JsonValue.Create(m.ToLowerInvariant()))]);
                json["route"] = route.Own;
            }

            bindings.Add((JsonNode)json);
        }

        return bindings;
    }

    private async Task RunAsync(HttpContext context, HostFunction function)
    {
        if (!context.Request.HasJsonContentType())
        {
            // Also keeps other sites' pages from running functions here: such a request needs their preflight.
            await Problem(context, StatusCodes.Status415UnsupportedMediaType, "Send JSON: {\"input\": \"...\"}.");
            return;
        }
        if (function.Error is not null)
        {
            await Problem(context, StatusCodes.Status400BadRequest, function.ErrorSentence);
            return;
        }
        if (function.Kind is HttpTriggers)
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
                ? kind.RunAsync(function, input, CancellationToken.None)
                : invoker.InvokeAsync(
                    new Invocation(function) { TriggerData = new TypedData { String = input ?? "" } }, CancellationToken.None),
            CancellationToken.None);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private Task WithFunction(HttpContext context, Func<HostFunction, Task> handle)
    {
        if (catalog.Find((string)context.Request.RouteValues["name"]!) is { } function)
            return handle(function);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static JsonArray Errors(HostFunction function) =>
        function.Error is null ? [] : [JsonValue.Create(function.Error)];

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
