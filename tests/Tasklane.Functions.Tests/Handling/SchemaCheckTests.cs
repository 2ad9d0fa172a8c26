using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Handling.Schemas;
using Tasklane.Tasks.Problems;
using Xunit;

namespace Tasklane.Functions.Tests.Handling;

public sealed class SchemaCheckTests
{
    public enum Colour
    {
        Red,
        DeepBlue,
    }

    public sealed record Part([property: RegularExpression("[a-z]+")] string Name, int? Count = null, Part? Inner = null);

    public sealed record Order(
        [property: Range(1, 10)] int Number,
        [property: StringLength(5, MinimumLength = 2)] string Title,
        Colour Colour,
        [property: MaxLength(2)] Part[] Parts,
        DateTimeOffset? Due = null,
        double Weight = 0,
        Dictionary<string, long>? Counts = null,
        Guid? Key = null,
        JsonElement? Free = null,
        [Range(0, 5, MaximumIsExclusive = true)] decimal Share = 0);

    private static readonly JsonNode Schema = PayloadSchema.Of(typeof(Order));
    private static readonly SchemaNode Compiled = SchemaCompiler.Compile(Schema);

    private const string Good = """{"number":3,"title":"good","colour":"deep_blue","parts":[{"name":"a","count":null,"inner":{"name":"b"}}]}""";

    [Theory]
    [InlineData(Good)]
    [InlineData("""{"number":1,"title":"ab","colour":"red","parts":[],"due":"2026-01-02T03:04:05Z","weight":1.5e3,"counts":{"x":-9},"free":{"any":[1,null]},"share":4.999}""")]
    [InlineData("""{"number":10,"title":"ab\u00e9","colour":"red","parts":[],"key":"0f8fad5b-d9cb-469f-a165-70867728950e","due":null}""")]
    public void Run_of_what_fits_finds_nothing_and_it_can_be_read(string json)
    {
        Assert.Empty(Check(json));
        Assert.NotNull(JsonSerializer.Deserialize<Order>(json, HandlerJson.Options));
    }

    [Theory]
    [InlineData("\"number\":3", "\"number\":0", "/payload/number", FieldErrors.Least)]
    [InlineData("\"number\":3", "\"number\":11", "/payload/number", FieldErrors.Most)]
    [InlineData("\"number\":3", "\"number\":3.5", "/payload/number", FieldErrors.Type)]
    [InlineData("\"number\":3", "\"number\":\"3\"", "/payload/number", FieldErrors.Type)]
    [InlineData("\"number\":3", "\"number\":99999999999999999999", "/payload/number", FieldErrors.Type)]
    [InlineData("\"number\":3", "\"number\":3,\"number\":4", "/payload/number", FieldErrors.Duplicate)]
    [InlineData("\"number\":3,", "", "/payload/number", FieldErrors.Required)]
    [InlineData("\"number\":3", "\"number\":3,\"nmbr\":4", "/payload/nmbr", FieldErrors.Unknown)]
    [InlineData("\"number\":3", "\"number\":3,\"a/b~c\":4", "/payload/a~1b~0c", FieldErrors.Unknown)]
    [InlineData("\"number\":3", "\"number\":3,\"weight\":1e999", "/payload/weight", FieldErrors.Format)]
    [InlineData("\"number\":3", "\"number\":3,\"share\":5", "/payload/share", FieldErrors.Below)]
    [InlineData("\"number\":3", "\"number\":3,\"due\":\"tomorrow\"", "/payload/due", FieldErrors.Format)]
    [InlineData("\"number\":3", "\"number\":3,\"key\":\"42\"", "/payload/key", FieldErrors.Format)]
    [InlineData("\"number\":3", "\"number\":3,\"counts\":{\"x\":true}", "/payload/counts/x", FieldErrors.Type)]
    [InlineData("\"number\":3", "\"number\":3,\"free\":[\"\\ud800\"]", "/payload/free/0", FieldErrors.Text)]
    [InlineData("\"good\"", "\"g\"", "/payload/title", FieldErrors.MinLength)]
    [InlineData("\"good\"", "\"gooood\"", "/payload/title", FieldErrors.MaxLength)]
    [InlineData("\"good\"", "null", "/payload/title", FieldErrors.Type)]
    [InlineData("\"deep_blue\"", "\"green\"", "/payload/colour", FieldErrors.OneOf)]
    [InlineData("\"deep_blue\"", "1", "/payload/colour", FieldErrors.OneOf)]
    [InlineData("\"name\":\"b\"", "\"name\":\"B\"", "/payload/parts/0/inner/name", FieldErrors.Pattern)]
    [InlineData("\"name\":\"b\"", "\"name\":\"b\\n\"", "/payload/parts/0/inner/name", FieldErrors.Pattern)]
    [InlineData("[{", "[{\"name\":\"x\"},{\"name\":\"x\"},{", "/payload/parts", FieldErrors.MaxItems)]
    public void Run_of_what_does_not_fit_names_the_place_and_the_reason(string part, string by, string field, string code)
    {
        var errors = Check(Good.Replace(part, by, StringComparison.Ordinal));

        Assert.Contains(errors, error => error.Field == field && error.Code == code);
        Assert.All(errors, error => Assert.NotEmpty(FieldErrors.Message(error, Language.English)));
        Assert.All(errors, error => Assert.NotEmpty(FieldErrors.Message(error, Language.Chinese)));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("{} {}")]
    [InlineData("[1,]")]
    public void Run_of_what_is_no_json_says_so(string json) =>
        Assert.Contains(SchemaCheck.Run(SchemaNode.Anything, Encoding.UTF8.GetBytes(json), ""), error => error.Code == FieldErrors.Format);

    [Fact]
    public void Run_of_broken_utf8_says_so() =>
        Assert.Equal(FieldErrors.Text, Assert.Single(SchemaCheck.Run(SchemaNode.Anything, "\"\xff\""u8.ToArray().Append((byte)0xff).ToArray(), "")).Code);

    /// <summary>The promise behind checking at creation: what passes can be read, whatever it is.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_passes_the_check_can_be_read(int seed)
    {
        var random = new Random(seed);
        var passed = 0;
        for (var i = 0; i < 4000; i++)
        {
            var json = Mutate(JsonNode.Parse(Good)!, random);
            if (Check(json).Count > 0)
                continue;
            passed++;
            Assert.True(CanBeRead(json), json);
        }
        Assert.InRange(passed, 50, 3950);
    }

    private static bool CanBeRead(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<Order>(json, HandlerJson.Options) is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Mutate(JsonNode node, Random random)
    {
        for (var changes = random.Next(1, 3); changes > 0; changes--)
        {
            var target = random.Next(3) == 0 && node["parts"] is JsonArray { Count: > 0 } parts ? parts[0] as JsonObject ?? (JsonObject)node : (JsonObject)node;
            string[] names = ["number", "title", "colour", "parts", "due", "weight", "counts", "key", "free", "share", "name", "count", "inner", "other"];
            var name = names[random.Next(names.Length)];
            if (random.Next(8) == 0)
                target.Remove(name);
            else
                target[name] = JsonNode.Parse(Values[random.Next(Values.Length)]);
        }
        return node.ToJsonString();
    }

    private static readonly string[] Values =
    [
        "null", "true", "0", "1", "7", "-1", "1.0", "1e2", "2147483648", "9223372036854775808", "1e400", "\"red\"", "\"abc\"", "\"\"",
        "\"2026-02-30T00:00:00Z\"", "\"2026-02-28T00:00:00\"", "\"2026-02-28\"", "\"0f8fad5b-d9cb-469f-a165-70867728950e\"", "[]", "[1]", "{}",
        "{\"name\":\"q\"}", "[{\"name\":\"q\",\"count\":2}]", "{\"a\":1}", "{\"a\":1.5}",
    ];

    private static IReadOnlyList<FieldError> Check(string json) => SchemaCheck.Run(Compiled, Encoding.UTF8.GetBytes(json), "/payload");
}
