using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Tasklane.Tasks.Problems;

/// <summary>What can be wrong with a field: codes, and their texts in both languages.</summary>
public static class FieldErrors
{
    public const string Required = "required";
    public const string Unknown = "unknown_property";
    public const string Duplicate = "duplicate_property";
    public const string Type = "type";
    public const string OneOf = "enum";
    public const string NoneOf = "not_enum";
    public const string Range = "range";
    public const string Least = "minimum";
    public const string Most = "maximum";
    public const string Above = "exclusive_minimum";
    public const string Below = "exclusive_maximum";
    public const string MinLength = "min_length";
    public const string MaxLength = "max_length";
    public const string Length = "length";
    public const string Pattern = "pattern";
    public const string Format = "format";
    public const string MinItems = "min_items";
    public const string MaxItems = "max_items";
    public const string Text = "invalid_text";
    public const string NoBody = "no_body";
    public const string Words = "words";
    public const string Blank = "blank";

    /// <summary>A rule of the task type's own, in its own words.</summary>
    public const string Rule = "rule";
    public const string NotTogether = "not_together";
    public const string Repeated = "repeated";

    /// <summary>Field errors that the summary names; the list has all.</summary>
    private const int SummaryCount = 3;

    private static readonly FrozenDictionary<string, (CompositeFormat English, CompositeFormat Chinese)> Texts =
        new Dictionary<string, (string English, string Chinese)>
        {
            [Required] = ("is missing", "缺失"),
            [Unknown] = ("is not known; known are: {0}", "不是已知字段；已知字段：{0}"),
            [Duplicate] = ("is given more than once", "重复出现"),
            [Type] = ("must be {0}, not {1}", "必须是 {0}，而不是 {1}"),
            [OneOf] = ("must be one of {0}, not '{1}'", "必须是 {0} 之一，而不是“{1}”"),
            [NoneOf] = ("must be none of {0}, and is '{1}'", "不得为 {0} 之一，实际为“{1}”"),
            [Range] = ("must be from {0} to {1}, not {2}", "必须在 {0} 到 {1} 之间，而不是 {2}"),
            [Least] = ("must be at least {0}, not {1}", "不得小于 {0}，而不是 {1}"),
            [Most] = ("must be at most {0}, not {1}", "不得大于 {0}，而不是 {1}"),
            [Above] = ("must be more than {0}, not {1}", "必须大于 {0}，而不是 {1}"),
            [Below] = ("must be less than {0}, not {1}", "必须小于 {0}，而不是 {1}"),
            [MinLength] = ("must have at least {0} characters, not {1}", "至少需要 {0} 个字符，实际为 {1} 个"),
            [MaxLength] = ("must have at most {0} characters, not {1}", "最多允许 {0} 个字符，实际为 {1} 个"),
            [Length] = ("must have {0} to {1} characters, not {2}", "长度必须为 {0} 到 {1} 个字符，实际为 {2} 个"),
            [Pattern] = ("must match the pattern {0}", "必须匹配模式 {0}"),
            [Format] = ("must be a {0}, not '{1}'", "必须是 {0}，而不是“{1}”"),
            [MinItems] = ("must have at least {0} items, not {1}", "至少需要 {0} 项，实际为 {1} 项"),
            [MaxItems] = ("must have at most {0} items, not {1}", "最多允许 {0} 项，实际为 {1} 项"),
            [Text] = ("holds characters that are no valid text", "包含无效的文本字符"),
            [NoBody] = ("takes no body here; leave it out", "此处不接受请求体；请去掉"),
            [Words] = ("must have 1 to {0} words of letters or digits", "必须包含 1 到 {0} 个由字母或数字组成的词"),
            [Blank] = ("must not be blank", "不得为空白"),
            [Rule] = ("{0}", "{0}"),
            [NotTogether] = ("cannot be given together with {0}; leave one out", "不能与 {0} 同时使用；请去掉其中一个"),
            [Repeated] = ("may be given once, not {0} times", "只能出现一次，而不是 {0} 次"),
        }.ToFrozenDictionary(pair => pair.Key, pair => (CompositeFormat.Parse(pair.Value.English), CompositeFormat.Parse(pair.Value.Chinese)));

    /// <summary>What is wrong, without the field's name.</summary>
    public static string Message(FieldError error, Language language)
    {
        var text = Texts[error.Code];
        return string.Format(CultureInfo.InvariantCulture, language == Language.Chinese ? text.Chinese : text.English, error.Args);
    }

    /// <summary>The first few errors in a sentence.</summary>
    public static string Summary(IReadOnlyList<FieldError> errors, Language language)
    {
        var named = string.Join(
            language == Language.Chinese ? "；" : "; ", errors.Take(SummaryCount).Select(error => $"{Name(error.Field)} {Message(error, language)}"));
        var rest = errors.Count - SummaryCount;
        return rest <= 0 ? named : language == Language.Chinese ? $"{named}；另有 {rest} 处" : $"{named}; and {rest} more";
    }

    private static string Name(string pointer) => pointer.Length == 0 ? "/" : pointer;
}
