using System.Linq.Expressions;
using System.Reflection;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;

namespace Tasklane.Emulator.Worker.InProcess.Sdk;

/// <summary>
/// Copies a message into the class that another assembly generated for the same protocol. Fields are matched by their numbers; what
/// the other side does not have is left out. Strings and bytes are shared, which writing and reading the message would copy.
/// </summary>
internal static class MessageMap<TFrom, TTo>
    where TFrom : class, IMessage<TFrom>, new()
    where TTo : class, IMessage<TTo>, new()
{
    // Made when a message of this kind is first met; its fields' maps when theirs are.
    private static readonly Func<TFrom, TTo> _copy = Compile();

    private static (TFrom From, TTo To)? _shared;

    public static TTo Copy(TFrom from) => _shared is { } shared && ReferenceEquals(shared.From, from) ? shared.To : _copy(from);

    /// <summary>A message that goes out again and again is copied once: nobody may change it, on either side.</summary>
    public static void Share(TFrom from) => _shared = (from, _copy(from));

    private static Func<TFrom, TTo> Compile()
    {
        var from = Expression.Parameter(typeof(TFrom));
        var to = Expression.Variable(typeof(TTo));
        var steps = new List<Expression> { Expression.Assign(to, Expression.New(typeof(TTo))) };
        foreach (var field in new TTo().Descriptor.Fields.InFieldNumberOrder())
        {
            if (new TFrom().Descriptor.FindFieldByNumber(field.FieldNumber) is { } source)
                steps.Add(Field(Expression.Property(from, source.PropertyName), Expression.Property(to, field.PropertyName), source, from));
        }

        steps.Add(to);
        return Expression.Lambda<Func<TFrom, TTo>>(Expression.Block([to], steps), from).Compile();
    }

    private static Expression Field(MemberExpression source, MemberExpression target, FieldDescriptor field, ParameterExpression from)
    {
        if (field.IsMap || field.IsRepeated)
        {
            var copy = typeof(MessageMap).GetMethod(field.IsMap ? nameof(MessageMap.CopyMap) : nameof(MessageMap.CopyList))!;
            var values = (source.Type.GetGenericArguments()[^1], target.Type.GetGenericArguments()[^1]);
            Type[] arguments = field.IsMap ? [source.Type.GetGenericArguments()[0], values.Item1, values.Item2] : [values.Item1, values.Item2];
            // A constant: a lambda inside the lambda would be a new delegate, made by reflection, at every message.
            return Expression.Call(copy.MakeGenericMethod(arguments), source, target, Expression.Constant(ValueCopy(values.Item1, values.Item2)));
        }

        var assign = Expression.Assign(target, Value(source, target.Type));
        if (field.RealContainingOneof is { } oneof)
        {
            var chosen = from.Type.GetProperties()
                .Single(property => property.PropertyType.IsEnum && property.Name.Equals(oneof.Name.Replace("_", "", StringComparison.Ordinal) + "Case", StringComparison.OrdinalIgnoreCase));
            return Expression.IfThen(
                Expression.Equal(Expression.Convert(Expression.Property(from, chosen), typeof(int)), Expression.Constant(field.FieldNumber)), assign);
        }

        return field.FieldType == FieldType.Message
            ? Expression.IfThen(Expression.NotEqual(source, Expression.Constant(null, source.Type)), assign)
            : assign;
    }

    private static Delegate ValueCopy(Type from, Type to)
    {
        var value = Expression.Parameter(from);
        return Expression.Lambda(Value(value, to), value).Compile();
    }

    private static Expression Value(Expression value, Type wanted)
    {
        if (value.Type == wanted)
            return value;
        if (wanted.IsEnum)
            return Expression.Convert(value, wanted);
        var map = typeof(MessageMap<,>).MakeGenericType(value.Type, wanted);
        return Expression.Call(map.GetMethod(nameof(Copy))!, value);
    }
}

internal static class MessageMap
{
    public static void CopyMap<TKey, TFrom, TTo>(MapField<TKey, TFrom> from, MapField<TKey, TTo> to, Func<TFrom, TTo> value)
        where TKey : notnull
    {
        if (from.Count == 0)
            return;
        foreach (var (key, one) in from)
            to[key] = value(one);
    }

    public static void CopyList<TFrom, TTo>(RepeatedField<TFrom> from, RepeatedField<TTo> to, Func<TFrom, TTo> value)
    {
        for (var i = 0; i < from.Count; i++)
            to.Add(value(from[i]));
    }

    /// <summary>Calls <see cref="MessageMap{TFrom, TTo}.Share"/> for types that only reflection knows.</summary>
    public static void Share<TFrom>(TFrom from, Type to) =>
        typeof(MessageMap<,>).MakeGenericType(typeof(TFrom), to).GetMethod("Share")!.Invoke(null, [from]);

    /// <summary>A call of <see cref="MessageMap{TFrom, TTo}.Copy"/> for types that only reflection knows.</summary>
    public static Expression Copy(Expression from, Type to) =>
        Expression.Call(typeof(MessageMap<,>).MakeGenericType(from.Type, to).GetMethod("Copy", BindingFlags.Static | BindingFlags.Public)!, from);
}
