using System.Reflection;

namespace Tasklane.Emulator.Tests.Api;

/// <summary>Types as C# spells them, with the question marks of nullable reference types.</summary>
internal static class SignatureNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(string)] = "string",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(bool)] = "bool",
        [typeof(object)] = "object",
        [typeof(void)] = "void",
        [typeof(double)] = "double",
        [typeof(byte)] = "byte",
        [typeof(char)] = "char",
        [typeof(float)] = "float",
        [typeof(decimal)] = "decimal",
        [typeof(uint)] = "uint",
        [typeof(ulong)] = "ulong",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(sbyte)] = "sbyte",
    };

    /// <summary>Without namespaces.</summary>
    public static string Short(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } value)
            return $"{Short(value)}?";
        if (type.IsByRef)
            return Short(type.GetElementType()!);
        if (type.IsArray)
            return $"{Short(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsGenericParameter)
            return type.Name;
        return Keywords.TryGetValue(type, out var keyword) ? keyword : Outer(type, Short) + Bare(type) + Arguments(type);
    }

    /// <summary>As a declaration names the type: namespace, and the variance of its parameters.</summary>
    public static string Declared(Type type)
    {
        var space = type.DeclaringType is null ? $"{type.Namespace}." : string.Empty;
        var own = OwnArguments(type).Select(parameter => Variance(parameter) + parameter.Name).ToArray();
        var arguments = own.Length == 0 ? string.Empty : $"<{string.Join(", ", own)}>";
        return space + Outer(type, Declared) + Bare(type) + arguments;
    }

    /// <summary>As a declaration names a base: namespaces only outside of System.</summary>
    public static string AsBase(Type type)
    {
        var system = type.Namespace?.StartsWith("System", StringComparison.Ordinal) != false;
        return system || type.DeclaringType is not null ? Short(type) : $"{type.Namespace}.{Short(type)}";
    }

    public static string WithNullability(Type type, NullabilityInfo info)
    {
        if (type.IsByRef)
            type = type.GetElementType()!;
        var mark = MayBeNull(type, info) ? "?" : string.Empty;
        if (type.IsArray && info.ElementType is { } element)
            return $"{WithNullability(type.GetElementType()!, element)}[]{mark}";
        if (Nullable.GetUnderlyingType(type) is { } value)
            return $"{Short(value)}?";
        if (!type.IsGenericType || type.IsNested || info.GenericTypeArguments.Length != type.GetGenericArguments().Length)
            return Short(type) + mark;
        var arguments = type.GetGenericArguments().Zip(info.GenericTypeArguments, WithNullability);
        return $"{Bare(type)}<{string.Join(", ", arguments)}>{mark}";
    }

    public static string Bare(Type type) => type.Name.Split('`')[0];

    /// <summary>Without what belongs to the types around it.</summary>
    public static IEnumerable<Type> OwnArguments(Type type) =>
        type.GetGenericArguments().Skip(type.DeclaringType?.GetGenericArguments().Length ?? 0);

    private static bool MayBeNull(Type type, NullabilityInfo info)
    {
        if (type.IsValueType)
            return false;
        if (type.IsGenericParameter)
        {
            return type.GenericParameterAttributes == GenericParameterAttributes.None
                && info.ReadState == NullabilityState.Nullable;
        }

        return info.ReadState == NullabilityState.Nullable || info.WriteState == NullabilityState.Nullable;
    }

    private static string Outer(Type type, Func<Type, string> print) =>
        type.DeclaringType is { } outer ? $"{print(outer)}." : string.Empty;

    private static string Arguments(Type type)
    {
        var own = OwnArguments(type).Select(Short).ToArray();
        return own.Length == 0 ? string.Empty : $"<{string.Join(", ", own)}>";
    }

    private static string Variance(Type parameter) =>
        parameter.GenericParameterAttributes.HasFlag(GenericParameterAttributes.Covariant) ? "out "
        : parameter.GenericParameterAttributes.HasFlag(GenericParameterAttributes.Contravariant) ? "in "
        : string.Empty;
}
