using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;

namespace Microsoft.DurableTask.Entities;

/// <summary>A public method as an entity's operation; looked up and compiled once per type and name.</summary>
internal sealed class EntityMethod
{
    private static readonly ConcurrentDictionary<(Type Type, string Name), EntityMethod?> Known = new();

    private readonly MethodInfo method;
    private readonly ParameterInfo[] parameters;
    private readonly Func<object, object?[], object?> invoke;
    private readonly Func<object?, ValueTask<object?>> unwrap;

    private EntityMethod(MethodInfo method)
    {
        this.method = method;
        parameters = method.GetParameters();
        invoke = CompileInvoke(method);
        unwrap = Unwrapper(method.ReturnType);
    }

    /// <exception cref="AmbiguousMatchException">Several public methods have this name.</exception>
    public static EntityMethod? Find(Type type, string name) => Known.GetOrAdd((type, name), static key =>
        key.Type.GetMethod(key.Name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase) is { } found
            ? new EntityMethod(found)
            : null);

    public ValueTask<object?> InvokeAsync(object target, TaskEntityOperation operation) =>
        unwrap(invoke(target, BindArguments(operation)));

    private object?[] BindArguments(TaskEntityOperation operation)
    {
        var arguments = new object?[parameters.Length];
        ParameterInfo? context = null, raw = null, input = null;
        for (var i = 0; i < parameters.Length; i++)
        {
            var parameter = parameters[i];
            if (parameter.ParameterType == typeof(TaskEntityContext))
                arguments[i] = Once(ref context, parameter, operation.Context);
            else if (parameter.ParameterType == typeof(TaskEntityOperation))
                arguments[i] = Once(ref raw, parameter, operation);
            else
                arguments[i] = Once(ref input, parameter, Input(parameter, operation));
        }

        return arguments;
    }

    private object? Once(ref ParameterInfo? bound, ParameterInfo parameter, object? value)
    {
        if (bound is not null)
        {
            throw new InvalidOperationException(
                $"'{method}' cannot be an entity operation: '{parameter}' and '{bound}' would get the same value.");
        }

        bound = parameter;
        return value;
    }

    private static object? Input(ParameterInfo parameter, TaskEntityOperation operation)
    {
        if (operation.HasInput)
            return operation.GetInput(parameter.ParameterType);
        return parameter.HasDefaultValue
            ? parameter.DefaultValue
            : throw new InvalidOperationException($"'{operation}' expects an input for '{parameter}' but was called without.");
    }

    private static Func<object, object?[], object?> CompileInvoke(MethodInfo method)
    {
        var target = Expression.Parameter(typeof(object));
        var arguments = Expression.Parameter(typeof(object?[]));
        var values = method.GetParameters().Select((parameter, i) =>
            FromObject(Expression.ArrayIndex(arguments, Expression.Constant(i)), parameter.ParameterType));
        Expression call = Expression.Call(Expression.Convert(target, method.DeclaringType!), method, values);
        call = method.ReturnType == typeof(void)
            ? Expression.Block(call, Expression.Constant(null))
            : Expression.Convert(call, typeof(object));
        return Expression.Lambda<Func<object, object?[], object?>>(call, target, arguments).Compile();
    }

    /// <summary>Null stands for the default of a value type, as in reflection.</summary>
    private static Expression FromObject(Expression value, Type type) =>
        type.IsValueType && Nullable.GetUnderlyingType(type) is null
            ? Expression.Condition(
                Expression.Equal(value, Expression.Constant(null)), Expression.Default(type), Expression.Convert(value, type))
            : Expression.Convert(value, type);

    private static Func<object?, ValueTask<object?>> Unwrapper(Type returned)
    {
        if (returned == typeof(Task))
            return static async result => { await (Task)result!; return null; };
        if (returned == typeof(ValueTask))
            return static async result => { await (ValueTask)result!; return null; };
        if (returned.IsGenericType && returned.GetGenericTypeDefinition() is var open
            && (open == typeof(Task<>) || open == typeof(ValueTask<>)))
        {
            var name = open == typeof(Task<>) ? nameof(AwaitTask) : nameof(AwaitValueTask);
            return typeof(EntityMethod).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(returned.GetGenericArguments())
                .CreateDelegate<Func<object?, ValueTask<object?>>>();
        }

        return static result => new ValueTask<object?>(result);
    }

    private static async ValueTask<object?> AwaitTask<T>(object? result) => await (Task<T>)result!;

    private static async ValueTask<object?> AwaitValueTask<T>(object? result) => await (ValueTask<T>)result!;
}
