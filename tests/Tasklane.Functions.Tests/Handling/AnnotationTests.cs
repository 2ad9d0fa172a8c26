using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Problems;
using Xunit;

namespace Tasklane.Functions.Tests.Handling;

/// <summary>Every attribute of DataAnnotations on a payload is checked when a task is created, and said in the schema as far as a schema can.</summary>
public sealed class AnnotationTests
{
    public enum Size
    {
        Small,
        Large,
    }

    /// <summary>An attribute of one's own.</summary>
    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
    public sealed class EvenAttribute : ValidationAttribute
    {
        public override bool IsValid(object? value) => value is not int number || number % 2 == 0;

        public override string FormatErrorMessage(string name) => "must be even";
    }

    /// <summary>One that derives from .NET's and asks for more.</summary>
    public sealed class NoTenAttribute() : RangeAttribute(1, 20)
    {
        public override bool IsValid(object? value) => base.IsValid(value) && value is not 10;

        public override string FormatErrorMessage(string name) => "must not be 10";
    }

    /// <summary>One that asks the container.</summary>
    public sealed class KnownAttribute : ValidationAttribute
    {
        protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
            validationContext.GetRequiredService<Names>().All.Contains((string?)value) ? ValidationResult.Success : new ValidationResult("must be known");
    }

    public sealed class Names
    {
        public string[] All { get; } = ["ada"];
    }

    public abstract class Base
    {
        [StringLength(3)]
        public virtual string? Inherited { get; init; }
    }

    public sealed class All : Base, IValidatableObject
    {
        [Required] public string? Required { get; init; }
        [Required] public int RequiredNumber { get; init; } = 5;
        [StringLength(5, MinimumLength = 2)] public string? StringLength { get; init; }
        [MinLength(2)] public string? MinLength { get; init; }
        [MaxLength(2)] public int[]? MaxLength { get; init; }
        [MaxLength(1)] public Dictionary<string, int>? MaxEntries { get; init; }
        [Length(2, 3)] public List<int>? Length { get; init; }
        [Range(1, 5)] public int? Range { get; init; }
        [Range(typeof(decimal), "0.5", "1.5")] public decimal? RangeOfDecimals { get; init; }
        [Range(typeof(DateTime), "2026-01-01", "2026-12-31")] public DateTime? RangeOfDates { get; init; }
        [RegularExpression("[a-z]+")] public string? RegularExpression { get; init; }
        [Url] public string? Url { get; init; }
        [EmailAddress] public string? EmailAddress { get; init; }
        [Phone] public string? Phone { get; init; }
        [CreditCard] public string? CreditCard { get; init; }
        [Base64String] public string? Base64String { get; init; }
        [AllowedValues("a", "b")] public string? AllowedValues { get; init; } = "a";
        [DeniedValues("x", 7)] public string? DeniedValues { get; init; }
        [DeniedValues(7)] public int? DeniedNumber { get; init; }
        [FileExtensions(Extensions = "png,jpg")] public string? FileExtensions { get; init; }
        [EnumDataType(typeof(Size))] public string? EnumDataType { get; init; }
        [DataType(System.ComponentModel.DataAnnotations.DataType.Password)] public string? DataType { get; init; }
        public string? Secret { get; init; }
        [Compare(nameof(Secret))] public string? Compare { get; init; }
        [CustomValidation(typeof(AnnotationTests), nameof(IsLower))] public string? Custom { get; init; }
        [Even] public int? Own { get; init; }
        [NoTen] public int? Derived { get; init; }
        [Url(ErrorMessage = "must be our own words")] public string? OwnWords { get; init; }
        public override string? Inherited { get; init; }
        public All? Inner { get; init; }
        public IReadOnlyList<All>? Many { get; init; }
        public Dictionary<string, All>? Named { get; init; }
        public int Low { get; init; }
        public int High { get; init; }

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (Low > High)
                yield return new ValidationResult("must not be above high", [nameof(Low)]);
        }
    }

    public static ValidationResult? IsLower(string? value, ValidationContext context) =>
        value is null || !value.Any(char.IsUpper) ? ValidationResult.Success : new ValidationResult("must be lower case");

    [TaskType("all")]
    public sealed class Handler : ITaskHandler<All>
    {
        public Task<Outcome> RunAsync(All payload, ITaskRun run) => Task.FromResult(Outcome.Completed());
    }

    private static readonly TaskTypeInfo Type = TaskTypes.Of([typeof(Handler)]).All[0];

    [Theory]
    [InlineData("required", "\"\"", "\"a\"", FieldErrors.MinLength)]
    [InlineData("required", "\"  \"", "\"a\"", FieldErrors.Blank)]
    [InlineData("required", "null", "\"a\"", FieldErrors.Type)]
    [InlineData("stringLength", "\"a\"", "\"ab\"", FieldErrors.MinLength)]
    [InlineData("stringLength", "\"abcdef\"", "null", FieldErrors.MaxLength)]
    [InlineData("minLength", "\"a\"", "\"ab\"", FieldErrors.MinLength)]
    [InlineData("maxLength", "[1,2,3]", "[1,2]", FieldErrors.MaxItems)]
    [InlineData("maxEntries", "{\"a\":1,\"b\":2}", "{\"a\":1}", FieldErrors.Rule)]
    [InlineData("length", "[1]", "[1,2]", FieldErrors.MinItems)]
    [InlineData("range", "6", "5", FieldErrors.Most)]
    [InlineData("rangeOfDecimals", "0.4", "0.5", FieldErrors.Least)]
    [InlineData("rangeOfDates", "\"2027-01-01T00:00:00\"", "\"2026-06-01T00:00:00\"", FieldErrors.Range)]
    [InlineData("regularExpression", "\"A\"", "\"a\"", FieldErrors.Pattern)]
    [InlineData("url", "\"file:///etc/passwd\"", "\"https://example.org\"", FieldErrors.Format)]
    [InlineData("url", "\"nothing\"", "\"ftp://example.org\"", FieldErrors.Format)]
    [InlineData("emailAddress", "\"ada\"", "\"ada@example.org\"", FieldErrors.Format)]
    [InlineData("phone", "\"abc\"", "\"+49 30 1234\"", FieldErrors.Format)]
    [InlineData("creditCard", "\"4111111111111112\"", "\"4111111111111111\"", FieldErrors.Format)]
    [InlineData("base64String", "\"a\"", "\"YQ==\"", FieldErrors.Format)]
    [InlineData("allowedValues", "\"c\"", "\"b\"", FieldErrors.OneOf)]
    [InlineData("deniedValues", "\"x\"", "\"y\"", FieldErrors.NoneOf)]
    [InlineData("deniedNumber", "7", "8", FieldErrors.NoneOf)]
    [InlineData("fileExtensions", "\"a.exe\"", "\"a.png\"", FieldErrors.Rule)]
    [InlineData("enumDataType", "\"Huge\"", "\"Large\"", FieldErrors.OneOf)]
    [InlineData("compare", "\"b\"", "null", FieldErrors.Rule)]
    [InlineData("custom", "\"A\"", "\"a\"", FieldErrors.Rule)]
    [InlineData("own", "3", "4", FieldErrors.Rule)]
    [InlineData("derived", "10", "11", FieldErrors.Rule)]
    [InlineData("ownWords", "\"x://y\"", "\"http://y\"", FieldErrors.Rule)]
    [InlineData("inherited", "\"abcd\"", "\"abc\"", FieldErrors.MaxLength)]
    public void An_attribute_refuses_what_it_is_there_to_refuse_and_nothing_else(string field, string bad, string good, string code)
    {
        foreach (var (before, after, at) in Places)
        {
            var error = Assert.Single(Check($"{before}{With(field, bad)}{after}"));
            Assert.Equal(($"/payload{at}/{field}", code), (error.Field, error.Code));
            Assert.NotEmpty(FieldErrors.Message(error, Language.English));
            Assert.NotEmpty(FieldErrors.Message(error, Language.Chinese));
            Assert.Empty(Check($"{before}{With(field, good)}{after}"));
        }
    }

    [Theory]
    [InlineData("own", "3", "must be even")]
    [InlineData("ownWords", "\"file:///\"", "must be our own words")]
    [InlineData("custom", "\"A\"", "must be lower case")]
    [InlineData("url", "\"file:///etc/passwd\"", "must be a http, https or ftp URL, not 'file:///etc/passwd'")]
    public void It_is_told_in_words_that_help(string field, string bad, string message) =>
        Assert.Equal(message, FieldErrors.Message(Assert.Single(Check(With(field, bad))), Language.English));

    [Fact]
    public void What_is_required_must_be_there_whatever_its_default()
    {
        var errors = Check("{}");
        Assert.Equal(["/payload/required", "/payload/requiredNumber"], errors.Select(error => error.Field));
        Assert.All(errors, error => Assert.Equal(FieldErrors.Required, error.Code));
    }

    [Fact]
    public void A_payload_that_looks_at_itself_is_asked_once_its_parts_are_right()
    {
        Assert.Equal(("/payload/low", "must not be above high"), Told(Check(With("low", "1"))));
        Assert.Equal("/payload/own", Assert.Single(Check(With("low", "1,\"own\":3"))).Field);
        static (string, string) Told(IReadOnlyList<FieldError> errors) => (errors[0].Field, FieldErrors.Message(Assert.Single(errors), Language.English));
    }

    [Fact]
    public void The_schema_says_what_a_schema_can()
    {
        var schema = JsonNode.Parse(Type.Schema)!;
        JsonNode Of(string name) => schema["properties"]![name]!;
        Assert.Equal(["required", "requiredNumber"], schema["required"]!.AsArray().Select(name => (string)name!));
        Assert.Equal("string", (string?)Of("required")["type"]);
        Assert.Equal(1, (int)Of("required")["minLength"]!);
        Assert.Equal((2, 3), ((int)Of("length")["minItems"]!, (int)Of("length")["maxItems"]!));
        Assert.Equal((1, null), ((int)Of("maxEntries")["maxProperties"]!, Of("maxEntries")["maxLength"]));
        Assert.Equal((0.5m, 1.5m), ((decimal)Of("rangeOfDecimals")["minimum"]!, (decimal)Of("rangeOfDecimals")["maximum"]!));
        Assert.Equal("uri", (string?)Of("url")["format"]);
        Assert.Equal("email", (string?)Of("emailAddress")["format"]);
        Assert.Equal("base64", (string?)Of("base64String")["contentEncoding"]);
        Assert.Equal(["Small", "Large"], Of("enumDataType")["enum"]!.AsArray().Select(name => (string)name!));
        Assert.Equal("x", (string?)Of("deniedValues")["not"]!["enum"]![0]);
        Assert.Equal(3, (int)Of("inherited")["maxLength"]!);
    }

    public sealed record Asking([property: Known] string Name);

    [TaskType("asking")]
    public sealed class AskingHandler : ITaskHandler<Asking>
    {
        public Task<Outcome> RunAsync(Asking payload, ITaskRun run) => Task.FromResult(Outcome.Completed());
    }

    [Fact]
    public void An_attribute_may_ask_the_container()
    {
        using var services = new ServiceCollection().AddScoped<Names>().BuildServiceProvider(validateScopes: true);
        var type = TaskTypes.Of([typeof(AskingHandler)]).All[0];

        Assert.Empty(type.Validate("""{"name":"ada"}"""u8, services));
        Assert.Equal("/payload/name", Assert.Single(type.Validate("""{"name":"bob"}"""u8, services)).Field);
    }

    public sealed record LengthOfNumber([property: StringLength(5)] int Number);

    public sealed record LengthOfTruth([property: MaxLength(5)] bool Truth);

    public sealed record UrlOfUri([property: Url] Uri Address);

    public sealed record OnField([field: Url] string Address);

    public sealed record Ignored([property: JsonIgnore, Url] string? Address = null);

    public sealed record CompareWithNobody([property: Compare("Nobody")] string Address);

    public sealed record NoSuchCheck([property: CustomValidation(typeof(AnnotationTests), "Nowhere")] string Address);

    public sealed record Crossed([property: Range(5, 1)] int Number);

    public sealed record DatesOfNumber([property: Range(typeof(DateTime), "2026-01-01", "2026-12-31")] int Number);

    [MetadataType(typeof(All))]
    public sealed record Buddy(string Name);

    public sealed record Nested(List<OnField> Fields);

    [TaskType("odd")]
    public sealed class Odd<T> : ITaskHandler<T>
    {
        public Task<Outcome> RunAsync(T payload, ITaskRun run) => Task.FromResult(Outcome.Completed());
    }

    [Theory]
    [InlineData(typeof(LengthOfNumber), "LengthOfNumber.Number (Int32): [StringLength] is for texts")]
    [InlineData(typeof(LengthOfTruth), "LengthOfTruth.Truth (Boolean): [MaxLength] is for texts and lists")]
    [InlineData(typeof(UrlOfUri), "UrlOfUri.Address (Uri): [Url] is for texts")]
    [InlineData(typeof(OnField), "[Url] stands where no payload is read from")]
    [InlineData(typeof(Ignored), "Ignored.Address: [Url] stands where no payload is read from")]
    [InlineData(typeof(CompareWithNobody), "[Compare] compares with 'Nobody', which is no property of CompareWithNobody")]
    [InlineData(typeof(NoSuchCheck), "[CustomValidation] cannot be used")]
    [InlineData(typeof(Crossed), "[Range] cannot be used")]
    [InlineData(typeof(DatesOfNumber), "[Range] compares DateTime")]
    [InlineData(typeof(Buddy), "[MetadataType] is not understood")]
    [InlineData(typeof(Nested), "[Url] stands where no payload is read from")]
    public void An_attribute_that_could_not_be_checked_is_refused_at_start(Type payload, string reason)
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => TaskTypes.Of([typeof(Odd<>).MakeGenericType(payload)]));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    public interface IMissing;

    [TaskType("lacking")]
    public sealed class Lacking(IServiceProvider services, Names names, IMissing missing, [FromKeyedServices("k")] Names keyed, int otherwise = 1) : ITaskHandler<Asking>
    {
        public Task<Outcome> RunAsync(Asking payload, ITaskRun run) => Task.FromResult(Outcome.Completed((services, names, missing, keyed, otherwise)));
    }

    [Fact]
    public void A_handler_that_cannot_be_made_is_refused_at_start()
    {
        using var services = new ServiceCollection().AddScoped<Names>().BuildServiceProvider();
        var errors = new StringWriter();

        Assert.False(HandlerServices.Suffice(TaskTypes.Of([typeof(Lacking)]), services, errors));

        var told = errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, told.Length); // the keyed one is not the other
        Assert.Contains($"{typeof(Lacking)}: its constructor asks for {typeof(IMissing)}, which is not registered", told[0], StringComparison.Ordinal);
        Assert.Contains(typeof(Names).ToString(), told[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_of_a_type_that_is_not_there_is_refused_at_start()
    {
        var options = new TasklaneOptions();
        options.Lanes.Types["askng"] = 2;
        using var services = new ServiceCollection().AddSingleton(options).BuildServiceProvider();
        var errors = new StringWriter();

        Assert.False(HandlerServices.Suffice(TaskTypes.Of([typeof(AskingHandler)]), services, errors));
        Assert.Contains("Tasklane:Lanes:Types:askng is the limit of a task type that is not here; known are: asking.", errors.ToString(), StringComparison.Ordinal);
    }

    private static readonly (string Before, string After, string At)[] Places =
    [
        ("", "", ""),
        (With("inner", "")[..^1], "}", "/inner"),
        (With("many", "")[..^1] + "[", "]}", "/many/0"),
        (With("named", "")[..^1] + "{\"a/b\":", "}}", "/named/a~1b"),
    ];

    private static string With(string field, string value)
    {
        var required = field == "required" ? "" : "\"required\":\"r\",";
        return $$"""{{{required}}"requiredNumber":1,"{{field}}":{{value}}}""";
    }

    private static IReadOnlyList<FieldError> Check(string json) => Type.Validate(Encoding.UTF8.GetBytes(json));
}
