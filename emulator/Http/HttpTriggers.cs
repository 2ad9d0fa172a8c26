using System.Diagnostics;
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
    HostEnvironment environment,
    SettingNames names,
    FunctionInvoker invoker,
    WorkerSupervisor worker,
    IInlineConstraintResolver constraints,
    ILogger<HttpTriggers> log)
    : EndpointDataSource, ITriggerKind, IDisposable
{
    private const string InvocationHeader = "x-ms-invocation-id";

    private static readonly TimeSpan _pipelineGrace = TimeSpan.FromSeconds(5);

    private readonly List<HttpRoute> _routes = [];
    private CancellationTokenSource _changed = new();
    private IReadOnlyList<Endpoint> _endpoints = [];

    public string Type => "httpTrigger";

    public IReadOnlyList<HttpRoute> Routes => _routes;

    public override IReadOnlyList<Endpoint> Endpoints => _endpoints;

    public void Add(HostFunction function)
    {
        // The compiler refuses it for .NET (AZFW0012): the caller would wait through all of it.
        if (function.Retry is not null)
            throw new FunctionErrorException("A httpTrigger does not support retry attributes (AZFW0012).");
        var route = HttpRoute.Of(function, environment.HostJson.RoutePrefix, names);
        foreach (var policy in route.Pattern.ParameterPolicies.Values.SelectMany(policies => policies))
            Check(policy, route);
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

    // An unknown one would break every route of the host when the first request comes.
    private void Check(RoutePatternParameterPolicyReference policy, HttpRoute route)
    {
        try
        {
            if (policy.Content is not { } text || constraints.ResolveConstraint(text) is not null)
                return;
        }
        catch (Exception e) when (e is RouteCreationException or ArgumentException or FormatException)
        {
            throw new FunctionErrorException($"The route '{route.Full}' is not valid: {e.Message}", e);
        }

        throw new FunctionErrorException($"The route '{route.Full}' is not valid: there is no constraint '{policy.Content}'.");
    }

    private RouteEndpoint Endpoint(HttpRoute route)
    {
        var function = route.Function;

        // Of two that take the same requests the first in the list does, where ASP.NET Core would not choose at all.
        var order = _routes.TakeWhile(other => other != route).Any(route.IsShadowedBy) ? 1 : 0;
        var builder = new RouteEndpointBuilder(http => HandleAsync(http, function), route.Pattern, order)
        {
            DisplayName = function.Name,
        };
        if (route.Methods.Length > 0)
            builder.Metadata.Add(new HttpMethodMetadata(route.Methods));
        builder.Metadata.Add(route);
        return (RouteEndpoint)builder.Build();
    }

    /// <summary>The caller's, where nobody listens to the requests of this process: else the request has a span of its own.</summary>
    private static RpcTraceContext? TraceOf(IHeaderDictionary headers) =>
        Activity.Current is null && headers.TraceParent is [{ Length: > 0 } parent] && ActivityContext.TryParse(parent, null, out _)
            ? new RpcTraceContext { TraceParent = parent, TraceState = headers.TraceState.ToString() }
            : null;

    private async Task HandleAsync(HttpContext http, HostFunction function)
    {
        var forwards = worker.Session.Capabilities.ContainsKey("HttpUri");
        var id = Invocation.NewId();
        var forwarding = Task.CompletedTask;
        var invocation = new Invocation(function, id)
        {
            Http = http,
            TriggerData = forwards ? null : await RpcHttpMessages.ReadAsync(http),
            Sent = forwards ? () => forwarding = ForwardAsync(http, id) : null,
            Trace = TraceOf(http.Request.Headers),
        };
        foreach (var (name, value) in http.Request.RouteValues)
            invocation.TriggerMetadata[name] = new TypedData { String = value?.ToString() ?? "" };
        http.Request.Headers[InvocationHeader] = id;
        try
        {
            var response = await invoker.InvokeAsync(invocation, http.RequestAborted);
            await forwarding;
            if (!forwards)
                await RpcHttpMessages.WriteAsync(http, response, function);
        }
        catch (ForwardFailedException)
        {
            // Answered already.
        }
        catch (WorkerLostException e)
        {
            LogLost(log, function.Name, e.Message);
            await FailAsync(http, StatusCodes.Status503ServiceUnavailable, forwarding);
        }
        catch (FunctionFailedException e)
        {
            // Logged by the invoker; the caller is told nothing, as in the real host.
            var unreadable = e.Type.EndsWith(nameof(BadHttpRequestException), StringComparison.Ordinal);
            await FailAsync(http, unreadable ? StatusCodes.Status400BadRequest : StatusCodes.Status500InternalServerError, forwarding);
        }
        catch (Exception e) when (!http.RequestAborted.IsCancellationRequested)
        {
            LogFailed(log, e, function.Name);
            await FailAsync(http, StatusCodes.Status500InternalServerError, forwarding);
        }
        finally
        {
            // The request must not be over while the worker's pipeline still uses it.
            await forwarding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ForwardAsync(HttpContext http, string invocationId)
    {
        var session = worker.Session;
        SetForwarded(http.Request);
        try
        {
            await session.Transport.ForwardAsync(http);
        }
        catch (ForwardFailedException e)
        {
            if (e.Status >= StatusCodes.Status500InternalServerError)
                LogNotForwarded(log, e.InnerException, http.Request.Path);
            // The function will not see its request; it is told to stop, but the caller need not wait for that.
            session.Cancel(invocationId);
            Fail(http, e.Status);
            await http.Response.CompleteAsync();
            throw;
        }
    }

    // Azure's host is a reverse proxy to such workers: it tells them how it was asked itself, whatever the caller claims.
    private static void SetForwarded(HttpRequest request)
    {
        request.Headers["X-Forwarded-For"] = request.HttpContext.Connection.RemoteIpAddress?.ToString();
        request.Headers["X-Forwarded-Host"] = request.Host.ToUriComponent();
        request.Headers["X-Forwarded-Proto"] = request.Scheme;
        request.Headers.Remove("X-Forwarded-Prefix");
        request.Headers.Remove("Forwarded");
    }

    // What the function has written of its answer goes out first. Should the worker's pipeline wait for an invocation that has failed
    // before it got there, the connection is given up.
    private static async Task FailAsync(HttpContext http, int status, Task forwarding)
    {
        if (!forwarding.IsCompleted && await Task.WhenAny(forwarding, Task.Delay(_pipelineGrace, TimeProvider.System)) != forwarding)
            http.Abort();
        await forwarding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (forwarding.Exception?.InnerException is not ForwardFailedException)
            Fail(http, status);
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

    [LoggerMessage(Level = LogLevel.Error, Message = "The worker did not answer the request for {Path}")]
    private static partial void LogNotForwarded(ILogger logger, Exception? error, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "The answer of 'Functions.{Name}' could not be written")]
    private static partial void LogFailed(ILogger logger, Exception error, string name);
}
