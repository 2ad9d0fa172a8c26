using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Tasklane.Emulator.Tests.Api;

/// <summary>Parts of signatures: parameters, default values, constraints, and the attributes that are part of an API.</summary>
internal static class SignatureDetails
{
    private static readonly HashSet<string> ListedAttributes =
    [
        "AttributeUsage", "Obsolete", "ConverterFallbackBehavior", "InputConverter", "SupportsDeferredBinding", "Binding",
        "BindingCapabilities", "EditorBrowsable", "Flags", "Experimental", "SupportedTargetType", "BindingPropertyName",
        "AllowConverterFallback", "JsonPropertyName", "JsonIgnore", "JsonConverter", "RequiredMember",
    ];

    public static string Parameters(MethodBase method)
    {
        var extension = method.IsDefined(typeof(ExtensionAttribute), false);
        return string.Join(", ", method.GetParameters().Select(parameter =>
            (extension && parameter.Position == 0 ? "this " : string.Empty) + Parameter(parameter)));
    }

    public static string Constant(object? value, Type type)
    {
        var underlying = Nullable.GetUnderlyingType(type) ?? type;
        return value switch
        {
            null or DBNull or Missing => type.IsValueType && underlying == type ? "default" : "null",
            _ when underlying.IsEnum => $"{SignatureNames.Short(underlying)}.{Enum.ToObject(underlying, value)}",
            string text => $"\"{text}\"",
            bool flag => flag ? "true" : "false",
            char character => $"'{character}'",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }

    public static string Constraints(IEnumerable<Type> parameters) =>
        string.Concat(parameters.Select(Constraints));

    public static string Attributes(MemberInfo member)
    {
        var listed = member.GetCustomAttributesData()
            .Where(data => ListedAttributes.Contains(AttributeName(data)))
            .Select(data => $"[{AttributeName(data)}({string.Join(", ", AttributeArguments(data))})]")
            .ToArray();
        return listed.Length == 0 ? string.Empty : $"   {string.Join(' ', listed)}";
    }

    private static string Parameter(ParameterInfo parameter)
    {
        var type = SignatureNames.WithNullability(parameter.ParameterType, new NullabilityInfoContext().Create(parameter));
        return $"{Passing(parameter)}{type} {parameter.Name}{Default(parameter)}";
    }

    private static string Passing(ParameterInfo parameter)
    {
        if (parameter.IsDefined(typeof(ParamArrayAttribute), false))
            return "params ";
        return !parameter.ParameterType.IsByRef ? string.Empty : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";
    }

    private static string Default(ParameterInfo parameter) =>
        parameter.HasDefaultValue ? $" = {Constant(parameter.RawDefaultValue, parameter.ParameterType)}" : string.Empty;

    private static string Constraints(Type parameter)
    {
        var flags = parameter.GenericParameterAttributes;
        var isStruct = flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        var rules = new List<string>();
        if (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            rules.Add("class");
        if (isStruct)
            rules.Add("struct");
        var types = parameter.GetGenericParameterConstraints().Where(type => type != typeof(ValueType));
        rules.AddRange(types.Select(SignatureNames.Short));
        if (flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct)
            rules.Add("new()");
        return rules.Count == 0 ? string.Empty : $" where {parameter.Name} : {string.Join(", ", rules)}";
    }

    private static string AttributeName(CustomAttributeData data)
    {
        var name = data.AttributeType.Name;
        return name.EndsWith("Attribute", StringComparison.Ordinal) ? name[..^"Attribute".Length] : name;
    }

    private static IEnumerable<string> AttributeArguments(CustomAttributeData data) =>
        data.ConstructorArguments.Select(AttributeValue)
            .Concat(data.NamedArguments.Select(named => $"{named.MemberName} = {AttributeValue(named.TypedValue)}"));

    private static string AttributeValue(CustomAttributeTypedArgument argument) => argument.Value switch
    {
        null => "null",
        var value when argument.ArgumentType.IsEnum => Enum.ToObject(argument.ArgumentType, value).ToString()!,
        string text => $"\"{text}\"",
        Type type => $"typeof({SignatureNames.Short(type)})",
        IReadOnlyCollection<CustomAttributeTypedArgument> items => $"[{string.Join(", ", items.Select(AttributeValue))}]",
        var value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
