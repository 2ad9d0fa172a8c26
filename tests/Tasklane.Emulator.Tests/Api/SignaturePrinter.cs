using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Tasklane.Emulator.Tests.Api;

/// <summary>Prints a type and its visible members, a line each, in the form of the listings.</summary>
internal static class SignaturePrinter
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic
        | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string TypeLine(Type type)
    {
        if (IsDelegate(type))
        {
            var invoke = type.GetMethod("Invoke")!;
            var name = SignatureNames.Bare(type);
            return $"TYPE public delegate {SignatureNames.Short(invoke.ReturnType)} {name}({SignatureDetails.Parameters(invoke)})"
                + SignatureDetails.Attributes(type);
        }

        var bases = Bases(type).ToArray();
        return $"TYPE public {Kind(type)} {SignatureNames.Declared(type)}"
            + (bases.Length == 0 ? string.Empty : $" : {string.Join(", ", bases)}")
            + SignatureDetails.Constraints(SignatureNames.OwnArguments(type))
            + SignatureDetails.Attributes(type);
    }

    public static IEnumerable<string> MemberLines(Type type)
    {
        if (IsDelegate(type))
            return [];
        if (type.IsEnum)
            return Enum.GetNames(type).Select(name => EnumMember(type.GetField(name)!));
        return type.GetConstructors(Declared).Where(member => !member.IsStatic && Access(member) is not null).Select(Constructor)
            .Concat(type.GetFields(Declared).Where(IsVisible).Select(Field))
            .Concat(type.GetProperties(Declared).Where(property => Accessors(property).Any()).Select(Property))
            .Concat(type.GetMethods(Declared).Where(IsListedMethod).Select(Method));
    }

    private static bool IsDelegate(Type type) => typeof(MulticastDelegate).IsAssignableFrom(type);

    private static string Kind(Type type)
    {
        if (type.IsEnum)
            return "enum";
        if (type.IsInterface)
            return "interface";
        var record = type.GetMethod("PrintMembers", Declared, [typeof(StringBuilder)]) is null ? string.Empty : "record ";
        if (type.IsValueType)
            return $"{(type.IsDefined(typeof(IsReadOnlyAttribute), false) ? "readonly " : string.Empty)}{record}struct";
        var sort = (type.IsAbstract, type.IsSealed) switch
        {
            (true, true) => "static ",
            (true, false) => "abstract ",
            (false, true) => "sealed ",
            _ => string.Empty,
        };
        return $"{sort}{record}class";
    }

    private static IEnumerable<string> Bases(Type type)
    {
        if (type.IsEnum)
            return [SignatureNames.Short(Enum.GetUnderlyingType(type))];
        var parent = type.BaseType is { } found && found != typeof(object) && found != typeof(ValueType) ? found : null;
        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var interfaces = type.GetInterfaces().Where(contract => contract.IsVisible).Except(inherited)
            .Select(SignatureNames.AsBase).Order(StringComparer.OrdinalIgnoreCase);
        return parent is null ? interfaces : interfaces.Prepend(SignatureNames.AsBase(parent));
    }

    private static string EnumMember(FieldInfo field) =>
        $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}"
        + SignatureDetails.Attributes(field);

    private static string Constructor(ConstructorInfo constructor) =>
        $"ctor {Access(constructor)} {SignatureNames.Bare(constructor.DeclaringType!)}({SignatureDetails.Parameters(constructor)})"
        + SignatureDetails.Attributes(constructor);

    private static string Field(FieldInfo field)
    {
        var shared = field.IsStatic ? "static " : string.Empty;
        var sort = field.IsLiteral ? "const " : shared + (field.IsInitOnly ? "readonly " : string.Empty);
        var type = SignatureNames.WithNullability(field.FieldType, new NullabilityInfoContext().Create(field));
        var value = field.IsLiteral ? $" = {SignatureDetails.Constant(field.GetRawConstantValue(), field.FieldType)}" : string.Empty;
        var access = field.IsPublic ? "public" : "protected";
        return $"field {access} {sort}{type} {field.Name}{value}{SignatureDetails.Attributes(field)}";
    }

    private static string Property(PropertyInfo property)
    {
        var widest = Accessors(property).OrderByDescending(accessor => accessor.IsPublic).First();
        var type = SignatureNames.WithNullability(property.PropertyType, new NullabilityInfoContext().Create(property));
        var required = property.IsDefined(typeof(RequiredMemberAttribute), false) ? "required " : string.Empty;
        var modifiers = property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers() ?? [];
        var setter = modifiers.Contains(typeof(IsExternalInit)) ? "init" : "set";
        return $"prop {Modifiers(widest)}{required}{type} {property.Name} "
            + $"{{ {Accessor(property.GetMethod, "get", widest)}{Accessor(property.SetMethod, setter, widest)}}}"
            + SignatureDetails.Attributes(property);
    }

    private static string Method(MethodInfo method)
    {
        var nullability = new NullabilityInfoContext().Create(method.ReturnParameter);
        var returned = SignatureNames.WithNullability(method.ReturnType, nullability);
        var generic = method.IsGenericMethodDefinition ? method.GetGenericArguments() : [];
        var arguments = generic.Length == 0 ? string.Empty : $"<{string.Join(", ", generic.Select(type => type.Name))}>";
        return $"method {Modifiers(method)}{returned} {method.Name}{arguments}({SignatureDetails.Parameters(method)})"
            + SignatureDetails.Constraints(generic) + SignatureDetails.Attributes(method);
    }

    private static bool IsVisible(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    private static bool IsListedMethod(MethodInfo method) =>
        Access(method) is not null
        && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal))
        && !method.Name.StartsWith('<');

    private static IEnumerable<MethodInfo> Accessors(PropertyInfo property) =>
        property.GetAccessors(nonPublic: true).Where(accessor => Access(accessor) is not null);

    private static string Accessor(MethodInfo? accessor, string keyword, MethodInfo widest)
    {
        if (accessor is null || Access(accessor) is not { } access)
            return string.Empty;
        return access == Access(widest) ? $"{keyword}; " : $"{access} {keyword}; ";
    }

    private static string? Access(MethodBase method) =>
        method.IsPublic ? "public" : method.IsFamily || method.IsFamilyOrAssembly ? "protected" : null;

    private static string Modifiers(MethodInfo method)
    {
        if (method.DeclaringType!.IsInterface && !method.IsStatic)
            return method.IsAbstract ? string.Empty : "default ";
        var overrides = method.GetBaseDefinition() != method;
        var sort = method switch
        {
            { IsStatic: true } => method.IsAbstract ? "static abstract " : "static ",
            { IsAbstract: true } => overrides ? "abstract override " : "abstract ",
            _ when overrides => method.IsFinal ? "sealed override " : "override ",
            { IsVirtual: true, IsFinal: false } => "virtual ",
            _ => string.Empty,
        };
        return $"{Access(method)} {sort}";
    }
}
