using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Tasklane.Emulator.Functions;

/// <summary>
/// Turns what a trigger brings (text of a route, a message, JSON) into a parameter's type. The way is chosen once per
/// parameter; only the parsing happens per invocation.
/// </summary>
internal static class ValueConversion
{
    public static Func<object?, object?> To(Type target, WorkerDataConverter serializer)
    {
        var type = Nullable.GetUnderlyingType(target) ?? target;
        var parse = type.IsEnum ? text => Enum.Parse(type, text, ignoreCase: true) : Parser(type);
        return value => value switch
        {
            null => null,
            _ when target.IsInstanceOfType(value) => value,
            string text when parse is not null => text.Length == 0 && type != target ? null : parse(text),
            string text when type == typeof(byte[]) => System.Text.Encoding.UTF8.GetBytes(text),
            string text when type == typeof(BinaryData) => BinaryData.FromString(text),
            string text => serializer.Deserialize(text, target),
            byte[] bytes => FromBytes(bytes, target, type, serializer),
            BinaryData data => FromBytes(data.ToArray(), target, type, serializer),
            JsonElement json => serializer.Deserialize(json.GetRawText(), target),
            IConvertible when typeof(IConvertible).IsAssignableFrom(type) =>
                Convert.ChangeType(value, type, CultureInfo.InvariantCulture),
            _ => throw new InvalidCastException($"No conversion from {value.GetType()} to {target}."),
        };
    }

    private static object? FromBytes(byte[] bytes, Type target, Type type, WorkerDataConverter serializer)
    {
        if (type == typeof(string))
            return System.Text.Encoding.UTF8.GetString(bytes);
        if (type == typeof(byte[]))
            return bytes;
        if (type == typeof(BinaryData))
            return BinaryData.FromBytes(bytes);
        return serializer.Deserialize(System.Text.Encoding.UTF8.GetString(bytes), target);
    }

    private static Func<string, object>? Parser(Type type)
    {
        var parsable = Array.Exists(type.GetInterfaces(), i =>
            i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IParsable<>) && i.GetGenericArguments()[0] == type);
        if (!parsable || type == typeof(string))
            return null;
        return typeof(ValueConversion).GetMethod(nameof(Parse), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type).CreateDelegate<Func<string, object>>();
    }

    private static object Parse<T>(string text) where T : IParsable<T> => T.Parse(text, CultureInfo.InvariantCulture);
}
