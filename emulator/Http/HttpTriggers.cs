using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Tasklane.Emulator.Worker;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Http;

/// <summary>
/// HTTP functions: one endpoint each. The request and its invocation go to the worker at the same moment, under one id; the worker's
/// own pipeline writes the answer.
/// </summary>
internal sealed partial class HttpTriggers(
    HostEnvironment environment, SettingNames names, FunctionInvoker invoker, WorkerSupervisor worker, ILogger<HttpTriggers> log)
    : EndpointDataSource, ITriggerKind, IDisposable
{
    private const string InvocationHeader = "x-ms-invocation-id";

    private readonly List<HttpRoute> _routes = [];
    private CancellationTokenSource _changed = new();
    private IReadOnlyList<Endpoint> _endpoints = [];

    public string Type => "httpTrigger";

    public IReadOnlyList<HttpRoute> Routes => _routes;

    public override IReadOnlyList<Endpoint> Endpoints => _endpoints;

    public void Add(HostFunction function)
    {
        var route = HttpRoute.Of(function, environment.HostJson.RoutePrefix, names);
        if (_routes.Find(route.ConflictsWith) is { } other)
        {
            throw new FunctionErrorException(
                $"The route specified conflicts with the route defined by function '{other.Function.Name}'.");
        }

        _routes.Add(route);
    }

    /// <summary>Opens the routes: they are known only once the worker has named its functions.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _endpoints = [.. _routes.Where(route => route.Function.Runs).Select(Endpoint)];
        var changed = Interlocked.Exchange(ref _changed, new CancellationTokenSource());
        changed.Cancel();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override IChangeToken GetChangeToken() => new CancellationChangeToken(_changed.Token);

    public void Dispose() => _changed.Dispose();

    private RouteEndpoint Endpoint(HttpRoute route)
    {
        var function = route.Function;
        var builder = new RouteEndpointBuilder(http => HandleAsync(http, function), route.Pattern, order: 0)
        {
            DisplayName = function.Name,
        };
        if (route.Methods.Length > 0)
            builder.Metadata.Add(new HttpMethodMetadata(route.Methods));
        builder.Metadata.Add(route);
        return (RouteEndpoint)builder.Build();
    }

    private async Task HandleAsync(HttpContext http, HostFunction function)
    {
        var forwards = worker.Session.Capabilities.ContainsKey("HttpUri");
        var invocation = new Invocation(function)
        {
            Http = http,
            TriggerData = forwards ? null : await RpcHttpMessages.ReadAsync(http),
        };
        foreach (var (name, value) in http.Request.RouteValues)
            invocation.TriggerMetadata[name] = new TypedData { String = value?.ToString() ?? "" };

        Task forwarding = Task.CompletedTask;
        try
        {
            http.Request.Headers[InvocationHeader] = invocation.Id;
            var invoking = invoker.InvokeAsync(invocation, http.RequestAborted);
            if (forwards)
                forwarding = ForwardAsync(http, invoking);
            var response = await invoking;
            await forwarding;
            if (!forwards)
                await RpcHttpMessages.WriteAsync(http, response, function);
        }
        catch (WorkerLostException e)
        {
            LogLost(log, function.Name, e.Message);
            Fail(http, StatusCodes.Status503ServiceUnavailable);
        }
        catch (FunctionFailedException)
        {
            // Logged by the invoker; the caller is told nothing, as in the real host. What the function has written of its answer
            // goes out first.
            await forwarding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Fail(http, StatusCodes.Status500InternalServerError);
        }
        catch (Exception e) when (!http.RequestAborted.IsCancellationRequested)
        {
            LogFailed(log, e, function.Name);
            Fail(http, StatusCodes.Status500InternalServerError);
        }
    }

    // The worker answers only when both have reached it; should the invocation fail before it gets there, nobody would.
    private async Task ForwardAsync(HttpContext http, Task<InvocationResponse> invoking)
    {
        var forwarding = worker.Session.Transport.ForwardAsync(http);
        if (await Task.WhenAny(forwarding, invoking) == invoking && invoking.IsFaulted && !forwarding.IsCompleted)
        {
            // The failure is the answer; the pipeline's own end is only noted.
            _ = forwarding.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return;
        }

        await forwarding;
    }

    private static void Fail(HttpContext http, int status)
    {
        if (http.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            http.Abort();
            return;
        }

        http.Response.Clear();
        http.Response.StatusCode = status;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The request for 'Functions.{Name}' was lost with its worker: {Reason}")]
    private static partial void LogLost(ILogger logger, string name, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The answer of 'Functions.{Name}' could not be written")]
    private static partial void LogFailed(ILogger logger, Exception error, string name);
}
