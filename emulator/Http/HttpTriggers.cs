using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.Http;

/// <summary>HTTP functions: one endpoint each. Keys are not asked for, as under the Core Tools.</summary>
internal sealed partial class HttpTriggers(
    EmulatorEnvironment environment, NameResolver names, FunctionInvoker invoker, HttpAnswer answers)
    : ITriggerKind, IEmulatorEndpoints
{
    private readonly List<HttpRoute> _routes = [];

    public IReadOnlyList<HttpRoute> Routes => _routes;

    public bool Handles(TriggerBindingAttribute trigger) => trigger is HttpTriggerAttribute;

    public void Add(FunctionInfo function)
    {
        var route = HttpRoute.Of(function, environment.HostJson.RoutePrefix, names);
        if (_routes.Find(route.ConflictsWith) is { } other)
        {
            throw new FunctionErrorException(
                $"The route specified conflicts with the route defined by function '{other.Function.Name}'.");
        }
        _routes.Add(route);
    }

    public void Map(IEndpointRouteBuilder endpoints)
    {
        foreach (var route in _routes.Where(r => !r.Function.IsDisabled))
        {
            var function = route.Function;
            var endpoint = endpoints.Map(route.Pattern, http => HandleAsync(http, function)).WithDisplayName(function.Name);
            if (route.Methods.Length > 0)
                endpoint.WithMetadata(new HttpMethodMetadata(route.Methods));
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task HandleAsync(HttpContext http, FunctionInfo function)
    {
        object? answer;
        try
        {
            answer = await invoker.InvokeAsync(function, http, new HttpBindingData(http), http.RequestAborted, http);
        }
        catch (Exception)
        {
            // Logged by the invoker; the caller is told nothing, as in the real host.
            Fail(http);
            return;
        }

        try
        {
            await answers.WriteAsync(answer, http, function);
        }
        catch (Exception e) when (!http.RequestAborted.IsCancellationRequested)
        {
            AnswerFailed(function.Plan!.Logger, e, function.Name);
            Fail(http);
        }
    }

    private static void Fail(HttpContext http)
    {
        if (http.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            http.Abort();
            return;
        }
        http.Response.Clear();
        http.Response.StatusCode = StatusCodes.Status500InternalServerError;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The answer of 'Functions.{Name}' could not be written")]
    private static partial void AnswerFailed(ILogger logger, Exception error, string name);
}
