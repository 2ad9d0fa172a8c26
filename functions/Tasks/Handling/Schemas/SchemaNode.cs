using System.Text.RegularExpressions;

namespace Tasklane.Tasks.Handling.Schemas;

/// <summary>The types of JSON values, as a schema's <c>type</c> names them.</summary>
[Flags]
internal enum JsonTypes
{
    None = 0,
    Object = 1,
    Array = 2,
    String = 4,
    Integer = 8,

    /// <summary>A number that is no whole 64-bit one.</summary>
    Fraction = 16,
    Number = Integer | Fraction,
    Boolean = 32,
    Null = 64,
    Any = Object | Array | String | Number | Boolean | Null,
}

/// <summary>A schema made ready for checking. Fields that are null ask for nothing.</summary>
internal sealed class SchemaNode
{
    /// <summary>Takes whatever is JSON.</summary>
    public static SchemaNode Anything { get; } = MakeAnything();

    public JsonTypes Types { get; set; } = JsonTypes.Any;

    /// <summary>Values taken: string, decimal, bool, or null for JSON's null.</summary>
    public IReadOnlyList<object?>? OneOf { get; set; }

    /// <summary>Values refused, as <see cref="OneOf"/> has them.</summary>
    public IReadOnlyList<object?>? NoneOf { get; set; }

    public IReadOnlyList<SchemaProperty> Properties { get; set; } = [];

    /// <summary>For properties that are not named; null = there may be none.</summary>
    public SchemaNode? OtherProperties { get; set; } = Anything;

    public SchemaNode Items { get; set; } = Anything;
    public int? MinItems { get; set; }
    public int? MaxItems { get; set; }
    public int? MinLength { get; set; }
    public int? MaxLength { get; set; }
    public Regex? Pattern { get; set; }

    /// <summary>As the schema writes it, for messages.</summary>
    public string? PatternText { get; set; }
    public string? Format { get; set; }
    public decimal? Minimum { get; set; }
    public decimal? Maximum { get; set; }
    public decimal? ExclusiveMinimum { get; set; }
    public decimal? ExclusiveMaximum { get; set; }

    private static SchemaNode MakeAnything()
    {
        // Its parts are itself, which the initializers could not see yet.
        var anything = new SchemaNode();
        anything.Items = anything;
        anything.OtherProperties = anything;
        return anything;
    }

    /// <summary>Whether a string must be looked at beyond being one.</summary>
    public bool LooksIntoStrings =>
        OneOf is not null || NoneOf is not null || MinLength is not null || MaxLength is not null || Pattern is not null || Format is not null;
}

/// <summary>A named property. <paramref name="Utf8Name"/> is compared with what is read, without making a string of that.</summary>
internal sealed record SchemaProperty(string Name, byte[] Utf8Name, SchemaNode Schema, bool Required);
