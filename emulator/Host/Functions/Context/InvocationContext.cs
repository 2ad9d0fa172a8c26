using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Context.Features;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Http;

namespace Tasklane.Emulator.Functions;

/// <summary>
/// One invocation. What most invocations never look at (items, features, trace, scope, timeout) is made when first
/// asked for.
/// </summary>
internal sealed class InvocationContext : FunctionContext, IFunctionInputBindingFeature, IAsyncDisposable
{
    private readonly FunctionPlan _plan;
    private readonly CancellationToken _aborted;
    private readonly ActivityContext _trace;
    private IServiceProvider? _services;
    private AsyncServiceScope? _scope;
    private CancellationTokenSource? _timeout;
    private CancellationTokenSource? _cancellation;
    private InvocationFeatures? _features;
    private IDictionary<object, object>? _items;
    private string? _id;

    public InvocationContext(
        FunctionPlan plan,
        object? triggerValue,
        IReadOnlyDictionary<string, object?> bindingData,
        HttpContext? http,
        CancellationToken aborted)
    {
        _plan = plan;
        _aborted = aborted;
        TriggerValue = triggerValue;
        Http = http;
        Innermost = plan.Execute;
        BindingContext = new InvocationBindingContext(bindingData);
        _trace = Activity.Current?.Context ?? default;
    }

    public FunctionInfo Function => _plan.Function;

    public object? TriggerValue { get; }

    public HttpContext? Http { get; }

    /// <summary>The parameters' values once they are bound.</summary>
    public FunctionInputBindingResult? BoundInputs { get; private set; }

    public InvocationRetry Retry { get; init; } = InvocationRetry.None;

    /// <summary>What the method returned, or what middleware put in its place.</summary>
    public object? Result { get; set; }

    /// <summary>Values of the result's output properties, in the plan's order; null before the method has returned.</summary>
    public object?[]? OutputValues { get; set; }

    /// <summary>The request in the worker's own type, once someone asked for it.</summary>
    public HttpRequestData? RequestData { get; set; }

    /// <summary>What the middleware is round: by default the method.</summary>
    public Func<InvocationContext, Task> Innermost { get; set; }

    /// <summary>Whether the timeout of host.json ended the invocation.</summary>
    public bool TimedOut => _timeout is { IsCancellationRequested: true } && !_aborted.IsCancellationRequested;

    public override string InvocationId => _id ??= Guid.NewGuid().ToString();

    public override string FunctionId => _plan.Definition.Id;

    public override FunctionDefinition FunctionDefinition => _plan.Definition;

    public override BindingContext BindingContext { get; }

    public override TraceContext TraceContext => field ??= new InvocationTrace(_trace);

    public override RetryContext RetryContext => Retry;

    public override IDictionary<object, object> Items
    {
        get => _items ??= NewItems();
        set => _items = value;
    }

    public override IInvocationFeatures Features => _features ??= NewFeatures();

    public override IServiceProvider InstanceServices
    {
        get => _services ??= Http is not null ? Http.RequestServices : NewScope();
        set => _services = value;
    }

    public override CancellationToken CancellationToken
    {
        get
        {
            if (_plan.Timeout is not { } timeout)
                return _aborted;
            if (_cancellation is null)
            {
                _timeout = new CancellationTokenSource(timeout, _plan.Time);
                _cancellation = CancellationTokenSource.CreateLinkedTokenSource(_aborted, _timeout.Token);
            }
            return _cancellation.Token;
        }
    }

    /// <summary>The invocation behind a context, also when middleware wrapped the context.</summary>
    public static InvocationContext Of(FunctionContext context) =>
        context as InvocationContext
        ?? context.Features.Get<InvocationContext>()
        ?? throw new InvalidOperationException("The function context does not come from this host.");

    public ValueTask<FunctionInputBindingResult> BindFunctionInputAsync(FunctionContext context) =>
        BoundInputs is not null ? new(BoundInputs) : BindAsync();

    public async ValueTask DisposeAsync()
    {
        _cancellation?.Dispose();
        _timeout?.Dispose();
        if (_scope is { } scope)
            await scope.DisposeAsync();
    }

    private async ValueTask<FunctionInputBindingResult> BindAsync() => BoundInputs = new(await _plan.BindAsync(this));

    private Dictionary<object, object> NewItems()
    {
        var items = new Dictionary<object, object>();
        if (Http is not null)
            items[FunctionContextExtensions.HttpContextKey] = Http;
        return items;
    }

    private InvocationFeatures NewFeatures()
    {
        var features = new InvocationFeatures();
        features.Set<InvocationContext>(this);
        features.Set<IFunctionInputBindingFeature>(this);
        features.Set<IInvocationValues>(new InvocationValues(this, _plan));
        if (Http is not null)
            features.Set<IHttpRequestDataFeature>(RequestDataFeature.Instance);
        return features;
    }

    private IServiceProvider NewScope()
    {
        var scope = _plan.Scopes.CreateAsyncScope();
        _scope = scope;
        return scope.ServiceProvider;
    }
}
