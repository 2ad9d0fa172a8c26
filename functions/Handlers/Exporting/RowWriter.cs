using System.Buffers;
using System.Text.Json;
using Tasklane.Tasks;

namespace Tasklane.Handlers.Exporting;

/// <summary>Writes rows as bytes of a file.</summary>
internal abstract class RowWriter : IDisposable
{
    protected ArrayBufferWriter<byte> Buffer { get; } = new(64 * 1024);

    public abstract string ContentType { get; }

    public abstract string Extension { get; }

    public int Length => Buffer.WrittenCount;

    /// <summary>Good until the next write.</summary>
    public ReadOnlyMemory<byte> Written => Buffer.WrittenMemory;

    public static RowWriter Of(ExportFormat format, IReadOnlyList<string> columns) => format switch
    {
        ExportFormat.Csv => new CsvRows(columns),
        ExportFormat.Json => new JsonRows(isArray: true),
        ExportFormat.Ndjson => new JsonRows(isArray: false),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    /// <summary>What stands before the first row.</summary>
    public abstract void Begin();

    public abstract void Write(Row row, bool isFirst);

    /// <summary>What stands after the last row.</summary>
    public abstract void End();

    public void Clear() => Buffer.ResetWrittenCount();

    public void Dispose() => DisposeWriter();

    protected virtual void DisposeWriter()
    {
    }
}

/// <summary>A JSON array, or one object per line.</summary>
internal sealed class JsonRows : RowWriter
{
    private readonly bool _isArray;
    private readonly Utf8JsonWriter _json;

    public JsonRows(bool isArray)
    {
        _isArray = isArray;
        _json = new Utf8JsonWriter(Buffer, new JsonWriterOptions { Encoder = PlainEncoder.Instance, SkipValidation = true });
    }

    public override string ContentType => _isArray ? "application/json" : "application/x-ndjson";

    public override string Extension => _isArray ? "json" : "ndjson";

    public override void Begin()
    {
        if (_isArray)
            Buffer.Write("["u8);
    }

    public override void Write(Row row, bool isFirst)
    {
        if (_isArray)
            Buffer.Write(isFirst ? "\n"u8 : ",\n"u8);
        row.Json(_json);
        _json.Flush();
        _json.Reset();
        if (!_isArray)
            Buffer.Write("\n"u8);
    }

    public override void End()
    {
        if (_isArray)
            Buffer.Write("\n]\n"u8);
    }

    protected override void DisposeWriter() => _json.Dispose();
}
