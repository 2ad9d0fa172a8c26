using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tasklane.Cli.Output;

/// <summary>For scripts: one JSON value per line, in the names of the API.</summary>
internal static class JsonLines
{
    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web)
    {
        // It goes to a program or a terminal, never into a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new Times() },
    };

    private static readonly JsonSerializerOptions _indented = new(_options) { WriteIndented = true };

    public static void Write<T>(T value) => Console.WriteLine(Text(value));

    public static string Text<T>(T value) => JsonSerializer.Serialize(value, _options);

    /// <summary>For people.</summary>
    public static string Indented<T>(T value) => JsonSerializer.Serialize(value, _indented);

    /// <summary>As the API has them: UTC, to the millisecond.</summary>
    private sealed class Times : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }
}
