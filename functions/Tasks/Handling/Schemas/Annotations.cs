using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Tasklane.Tasks.Handling.Schemas;

/// <summary>The attributes on a payload's members: where they stand, whether they can be there, and how much of them a schema says.</summary>
internal static class Annotations
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Those of the property, and those of the constructor's parameter: a positional record's stay there unless told otherwise.</summary>
    public static IEnumerable<Attribute> Of(JsonPropertyInfo property) =>
        Of(property.AssociatedParameter?.AttributeProvider).Concat(Of(property.AttributeProvider));

    /// <summary>Throws when an attribute would be ignored, or cannot work, where it stands.</summary>
    /// <exception cref="NotSupportedException">Names the member, the attribute and the reason.</exception>
    public static void RequireAllUsable(JsonTypeInfo type)
    {
        if (type.Type.IsDefined(typeof(MetadataTypeAttribute), inherit: true))
            throw new NotSupportedException($"{type.Type.Name}: [MetadataType] is not understood. Put the attributes on the record itself.");
        var read = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in type.Properties.Where(property => property.Get is not null))
        {
            read.Add(ClrName(property));
            foreach (var attribute in Of(property).OfType<ValidationAttribute>())
                RequireUsable(property, attribute);
        }
        for (var declaring = type.Type; declaring is not null && declaring != typeof(object); declaring = declaring.BaseType)
        {
            foreach (var member in declaring.GetMembers(Members))
            {
                if (member is FieldInfo || (member is PropertyInfo && !read.Contains(member.Name)))
                {
                    if (member.GetCustomAttributes<ValidationAttribute>().FirstOrDefault() is { } lost)
                        throw new NotSupportedException($"{type.Type.Name}.{member.Name}: [{Name(lost)}] stands where no payload is read from, and would be ignored. Put it on the property.");
                }
            }
        }
    }

    /// <summary>Whether nothing of the attribute is left to check once a value fits the schema.</summary>
    public static bool IsSaidBySchema(ValidationAttribute attribute, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        // Somebody's own attribute may ask for more than the one it derives from.
        if (attribute.GetType().Assembly != typeof(ValidationAttribute).Assembly)
            return false;
        return attribute switch
        {
            RequiredAttribute required => type != typeof(string) || required.AllowEmptyStrings,
            StringLengthAttribute or AllowedValuesAttribute or DeniedValuesAttribute or EmailAddressAttribute => true,
            LengthAttribute or MinLengthAttribute or MaxLengthAttribute => !IsDictionary(type),
            RangeAttribute range => PayloadSchema.IsNumber(type) && PayloadSchema.IsNumber(range.OperandType),
            RegularExpressionAttribute => type == typeof(string),
            EnumDataTypeAttribute names => type == typeof(string) && !names.EnumType.IsDefined(typeof(FlagsAttribute)),
            _ => attribute.GetType() == typeof(DataTypeAttribute), // which says what a text is for, and asks nothing
        };
    }

    public static string ClrName(JsonPropertyInfo property) => (property.AttributeProvider as MemberInfo)?.Name ?? property.Name;

    public static string Name(Attribute attribute) => attribute.GetType().Name is var name && name.EndsWith("Attribute", StringComparison.Ordinal)
        ? name[..^"Attribute".Length]
        : attribute.GetType().Name;

    private static IEnumerable<Attribute> Of(ICustomAttributeProvider? source) => source switch
    {
        null => [],
        MemberInfo member => Attribute.GetCustomAttributes(member, inherit: true), // which alone looks at what a property overrides
        ParameterInfo parameter => Attribute.GetCustomAttributes(parameter, inherit: true),
        _ => source.GetCustomAttributes(inherit: true).OfType<Attribute>(),
    };

    private static void RequireUsable(JsonPropertyInfo property, ValidationAttribute attribute)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var problem = attribute switch
        {
            StringLengthAttribute or UrlAttribute or EmailAddressAttribute or PhoneAttribute or CreditCardAttribute or Base64StringAttribute or FileExtensionsAttribute
                when type != typeof(string) => "is for texts",
            LengthAttribute or MinLengthAttribute or MaxLengthAttribute when type != typeof(string) && !typeof(IEnumerable).IsAssignableFrom(type) =>
                "is for texts and lists",
            RangeAttribute range when range.OperandType != type && type != typeof(string) && !(PayloadSchema.IsNumber(range.OperandType) && PayloadSchema.IsNumber(type)) =>
                $"compares {range.OperandType.Name}",
            EnumDataTypeAttribute { EnumType.IsEnum: false } => "names no enum",
            CompareAttribute compare when property.DeclaringType.GetProperty(compare.OtherProperty) is null =>
                $"compares with '{compare.OtherProperty}', which is no property of {property.DeclaringType.Name}",
            _ => null,
        };
        if (problem is null)
        {
            try
            {
                attribute.FormatErrorMessage(property.Name); // built-in ones look at their own parts first
            }
            catch (Exception malformed)
            {
                problem = $"cannot be used: {malformed.Message}";
            }
        }
        if (problem is not null)
            throw new NotSupportedException($"{property.DeclaringType.Name}.{ClrName(property)} ({type.Name}): [{Name(attribute)}] {problem}.");
    }

    private static bool IsDictionary(Type type) => HandlerJson.Options.GetTypeInfo(type).Kind == JsonTypeInfoKind.Dictionary;
}
