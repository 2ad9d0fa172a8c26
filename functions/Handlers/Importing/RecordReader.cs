namespace Tasklane.Handlers.Importing;

/// <param name="Bytes">Without its line's end; of one that cannot be used, its beginning.</param>
/// <param name="Line">Number of its first line, from 1.</param>
/// <param name="Problem">Why it cannot be used; null when it can.</param>
internal readonly record struct RawRecord(ReadOnlyMemory<byte> Bytes, long Line, string? Problem);

/// <summary>
/// Splits a stream into records, without understanding them: lines, but for line breaks between double quotes where records may have those.
/// It knows at which byte the next one begins, so that whoever stops can go on there; libraries for CSV do not tell. A record that is too
/// long, or whose quote nobody closes, is told as a problem, and the next one begins on the next line.
/// </summary>
/// <param name="stream">Stands at <paramref name="position"/>.</param>
/// <param name="position">Byte at which the next record begins.</param>
/// <param name="line">Number of the line there.</param>
internal sealed class RecordReader(Stream stream, long position, long line, bool hasQuotes)
{
    public const int LongestRecord = 1024 * 1024;

    private const int ReadBytes = 64 * 1024;

    private byte[] _buffer = new byte[2 * ReadBytes];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>The byte at which the next record begins.</summary>
    public long Position { get; private set; } = position;

    /// <summary>The number of its line.</summary>
    public long Line { get; private set; } = line;

    /// <summary>What stands between fields: a quote counts only at the beginning of one. Null while it is not known: any sign that is often there.</summary>
    public char? Delimiter { get; set; }

    /// <summary>The next record that is not empty; null at the end. Its bytes are good until the next call.</summary>
    public async ValueTask<RawRecord?> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var (length, lines, isClosed) = await FindEndAsync(cancellation);
            if (length == 0 && _start == _end)
                return null;
            var first = Line;
            if (!isClosed)
                return await PassOverAsync(length, cancellation);
            var bytes = Take(length, lines);
            if (!bytes.IsEmpty)
                return new RawRecord(bytes, first, null);
        }
    }

    /// <summary>How many bytes the record has with its line's end, how many line ends are in it, and false when it has no end where it could have one.</summary>
    private async ValueTask<(int Length, int Lines, bool IsClosed)> FindEndAsync(CancellationToken cancellation)
    {
        var (scanned, lines, inQuotes, closed) = (0, 0, false, -2);
        while (true)
        {
            while (NextMark(scanned) is >= 0 and var at)
            {
                var isQuote = _buffer[_start + at] == (byte)'"';
                scanned = at + 1;
                if (isQuote)
                {
                    // One that closed is taken back by another right behind it; elsewhere in a field a quote is a sign like any other.
                    var counts = inQuotes || at == closed + 1 || BeginsField(at);
                    if (counts)
                        (inQuotes, closed) = (!inQuotes, inQuotes ? at : -2);
                    continue;
                }
                lines++;
                if (!inQuotes)
                    return (scanned, lines, true);
            }
            scanned = _end - _start;
            if (scanned > LongestRecord)
                return (scanned, lines, false);
            if (!await FillAsync(cancellation))
                return (scanned, lines, !inQuotes);
        }
    }

    private bool BeginsField(int at) =>
        at == 0 || (Delimiter is { } delimiter ? _buffer[_start + at - 1] == delimiter : ",;\t|"u8.Contains(_buffer[_start + at - 1]));

    private int NextMark(int from)
    {
        var rest = _buffer.AsSpan(_start + from, _end - _start - from);
        var at = hasQuotes ? rest.IndexOfAny((byte)'"', (byte)'\n') : rest.IndexOf((byte)'\n');
        return at < 0 ? -1 : from + at;
    }

    /// <summary>A record that cannot be used: its first line is told, and what follows is read anew.</summary>
    private async ValueTask<RawRecord?> PassOverAsync(int length, CancellationToken cancellation)
    {
        const int Shown = 200;
        var first = Line;
        var at = _buffer.AsSpan(_start, length).IndexOf((byte)'\n');
        var beginning = _buffer.AsSpan(_start, Math.Min(at < 0 ? length : at, Shown)).ToArray();
        if (at >= 0 || length <= LongestRecord)
        {
            Take(at < 0 ? length : at + 1, at < 0 ? 0 : 1);
            return new RawRecord(beginning, first, "a double quote is opened here and never closed");
        }
        while (at < 0)
        {
            Take(_end - _start, 0);
            if (!await FillAsync(cancellation))
                break;
            at = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        }
        if (at >= 0)
            Take(at + 1, 1);
        return new RawRecord(beginning, first, $"has more than {LongestRecord} bytes");
    }

    private ReadOnlyMemory<byte> Take(int length, int lines)
    {
        var bytes = _buffer.AsMemory(_start, length);
        (_start, Position, Line) = (_start + length, Position + length, Line + lines);
        if (bytes.Span.EndsWith("\n"u8))
            bytes = bytes[..^1];
        return bytes.Span.EndsWith("\r"u8) ? bytes[..^1] : bytes;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        if (_isAtEnd)
            return false;
        if (_start > 0 && _buffer.Length - _end < ReadBytes)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_buffer.Length - _end < ReadBytes)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = await stream.ReadAsync(_buffer.AsMemory(_end, ReadBytes), cancellation);
        _end += read;
        _isAtEnd = read == 0;
        return read > 0;
    }
}
