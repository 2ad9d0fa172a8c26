using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator.Functions;

/// <summary>
/// Everything about a function that does not change between invocations, worked out once: how each parameter gets
/// its value, how the class is made, how the method is called, where the outputs go.
/// </summary>
internal sealed class FunctionPlan
{
    private readonly ParameterBinding[] _parameters;
    private readonly CompiledMethod.Call _call;
    private readonly ObjectFactory? _factory;
    private readonly IFunctionActivator? _activator;

    public FunctionPlan(FunctionInfo function, FunctionPlanServices services)
    {
        Function = function;
        Outputs = OutputSlot.For(function, services.OutputBindings);
        Definition = new InvocationDefinition(function, Outputs);
        Scopes = services.Scopes;
        Time = services.Environment.Time;
        Timeout = services.Environment.HostJson.FunctionTimeout;
        Retry = FunctionRetry.Of(function);
        Logger = services.Loggers.CreateLogger($"Function.{function.Name}");
        HasPropertyOutputs = Array.Exists(Outputs, o => o.Read is not null);

        var method = function.Method;
        _parameters = [.. method.GetParameters().Select(p => services.Parameters.Bind(function, p))];
        _call = CompiledMethod.Compile(method);
        Execute = ExecuteAsync;
        _activator = services.Activator;
        if (!method.IsStatic && _activator is null)
            _factory = ActivatorUtilities.CreateFactory(method.DeclaringType!, Type.EmptyTypes);
    }

    public FunctionInfo Function { get; }

    public FunctionDefinition Definition { get; }

    public OutputSlot[] Outputs { get; }

    public bool HasPropertyOutputs { get; }

    public IServiceScopeFactory Scopes { get; }

    public TimeProvider Time { get; }

    public TimeSpan? Timeout { get; }

    /// <summary>Null for nearly all functions.</summary>
    public FunctionRetry? Retry { get; }

    public ILogger Logger { get; }

    /// <summary><see cref="ExecuteAsync"/> as a delegate, made once.</summary>
    public Func<InvocationContext, Task> Execute { get; }

    public async ValueTask<object?[]> BindAsync(InvocationContext context)
    {
        if (_parameters.Length == 0)
            return [];

        var values = new object?[_parameters.Length];
        List<string>? errors = null;
        for (var i = 0; i < values.Length; i++)
        {
            try
            {
                values[i] = await _parameters[i].Bind(context);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                (errors ??= []).Add(_parameters[i].Describe(e));
            }
        }
        if (errors is not null)
        {
            throw new FunctionInputConverterException(
                $"Error converting {errors.Count} input parameters for Function '{Function.Name}': "
                + string.Join(Environment.NewLine, errors));
        }
        return values;
    }

    /// <summary>Binds, makes the instance, calls, and takes the result apart; the innermost step of the middleware.</summary>
    public async Task ExecuteAsync(InvocationContext context)
    {
        var inputs = await context.BindFunctionInputAsync(context);
        var result = await CallAsync(context, inputs.Values);
        context.Result = result;
        if (HasPropertyOutputs)
            TakeApart(context, result);
    }

    /// <summary>Calls the method with the given values on a fresh instance, which is disposed of afterwards.</summary>
    public async ValueTask<object?> CallAsync(InvocationContext context, object?[] values)
    {
        if (Function.Method.IsStatic)
            return await _call(null, values);

        var type = Function.Method.DeclaringType!;
        var instance = _factory is not null
            ? _factory(context.InstanceServices, null)
            : _activator!.CreateInstance(type, context)
                ?? throw new InvalidOperationException($"The function activator made no {type}.");
        try
        {
            return await _call(instance, values);
        }
        finally
        {
            if (instance is IAsyncDisposable asyncDisposable)
                await asyncDisposable.DisposeAsync();
            else if (instance is IDisposable disposable)
                disposable.Dispose();
        }
    }

    private void TakeApart(InvocationContext context, object? result)
    {
        var values = new object?[Outputs.Length];
        if (result is not null)
        {
            for (var i = 0; i < values.Length; i++)
                values[i] = Outputs[i].Read!(result);
        }
        context.OutputValues = values;
        // The properties are the outputs; nothing is left to go back to the trigger.
        context.Result = null;
    }
}

/// <summary>What plans are made with.</summary>
internal sealed class FunctionPlanServices(
    IServiceScopeFactory scopes,
    EmulatorEnvironment environment,
    ILoggerFactory loggers,
    ParameterBinder parameters,
    IEnumerable<IOutputBinding> outputs,
    IServiceProvider services)
{
    public IServiceScopeFactory Scopes => scopes;

    public EmulatorEnvironment Environment => environment;

    public ILoggerFactory Loggers => loggers;

    public ParameterBinder Parameters => parameters;

    public IReadOnlyList<IOutputBinding> OutputBindings { get; } = [.. outputs];

    /// <summary>An app's own way to make function classes; null for the ordinary one.</summary>
    public IFunctionActivator? Activator { get; } = services.GetService<IFunctionActivator>();
}
