using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Serialization;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;

namespace Tasklane.Handlers.Importing;

/// <summary>How the rows are written.</summary>
public enum ImportFormat
{
    Csv,
    Ndjson,
}

/// <summary>What a column holds.</summary>
public enum ImportType
{
    Text,
#pragma warning disable CA1720 // The word that JSON Schema has for it.
    Integer,
#pragma warning restore CA1720
    Number,
    Boolean,

    /// <summary>yyyy-MM-dd.</summary>
    Date,

    /// <summary>A date and time with its offset.</summary>
    Time,
}

/// <summary>What a row must have under a name.</summary>
public sealed record ImportColumn(
    [property: StringLength(200, MinimumLength = 1), Description("As the header, or the object's field, has it.")] string Name,
    [property: Description("What it holds.")] ImportType Type = ImportType.Text,
    [property: Description("A row without it is a bad one.")] bool Required = false,
    [property: Description("The least that a number may be.")] double? Min = null,
    [property: Description("The most that a number may be.")] double? Max = null,
    [property: Description("The most characters that a text may have."), Range(1, 1_000_000)] int? MaxLength = null);

/// <summary>Rows of a file that was uploaded, or of a blob that was dropped.</summary>
public sealed record ImportPayload(
    [property: Description("Id of an uploaded file, as POST /api/files answered it."), RegularExpression("[0-9a-f]{32}")] string? File = null,
    [property: Description("A blob below imports/import/; put here by the intake.")] BlobReference? Blob = null,
    [property: Description("Without it, the file's name tells: .ndjson, .jsonl and .json are NDJSON, all else is CSV.")] ImportFormat? Format = null,
    [property: Description("CSV only: what stands between two fields; found in the first line unless told."), StringLength(1, MinimumLength = 1)] string? Delimiter = null,
    [property: Description("What the rows must be like. Without columns every CSV field is a text, and every JSON object will do."), Length(0, 500)] IReadOnlyList<ImportColumn>? Columns = null,
    [property: Description("The import fails as soon as there are more bad rows than this."), Range(0, long.MaxValue)] long? MaxBadRows = null) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if ((File is null) == (Blob is null))
            yield return new ValidationResult(File is null ? "is missing" : "cannot be given together with blob", [nameof(File)]);
        if (Columns is not null && Columns.Select(column => column.Name).Distinct(StringComparer.Ordinal).Count() < Columns.Count)
            yield return new ValidationResult("names a column twice", [nameof(Columns)]);
        if (Delimiter is "\"" or "\n" or "\r" || Delimiter?[0] > 127)
            yield return new ValidationResult("cannot stand between fields", [nameof(Delimiter)]);
    }
}

/// <param name="Line">Of the row, from 1.</param>
/// <param name="Column">Null when it is the row as a whole.</param>
/// <param name="Value">Its beginning.</param>
public sealed record BadRow(long Line, string? Column, string? Value, string Reason)
{
    private const int LongestValue = 100;

    public static BadRow Of(long line, string? column, string? value, string reason) =>
        new(line, column, value is null ? null : Characters.Cut(value, LongestValue), reason);

    /// <summary>As a line of the file of bad rows.</summary>
    public string ToCsv() => string.Create(CultureInfo.InvariantCulture, $"{Line},{Quote(Column)},{Quote(Value)},{Quote(Reason)}\r\n");

    private static string Quote(string? text) => text is null ? "" : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <param name="Rows">All of them.</param>
/// <param name="FirstBad">The first twenty bad ones.</param>
/// <param name="BadRowsFile">Id of a file with all of them, as CSV; null when there are none.</param>
/// <param name="File">The good ones as NDJSON, each value of its column's type.</param>
public sealed record ImportResult(
    long Rows, long Good, long Bad, IReadOnlyList<BadRow> FirstBad, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? BadRowsFile, TaskFile File);
