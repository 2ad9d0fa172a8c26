using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.History;

/// <summary>
/// History as bytes: each event as an entry of `OrchestratorRequest.pastEvents`, so that the request for a turn is put together by
/// copying and the history is never parsed on the way. Grows, is cleared and used again.
/// </summary>
internal sealed class HistoryBuffer
{
    /// <summary>Tag of `pastEvents` (field 3) and of `newEvents` (field 4), both of length-delimited messages.</summary>
    public const byte PastTag = 0x1A, NewTag = 0x22;

    private const int FirstSize = 512;
    private const int MostKept = 64 * 1024;

    // Pinned, so that SQLite can read it in place.
    private byte[] _bytes = Allocate(FirstSize);

    public int Length { get; private set; }

    /// <summary>Does not move; valid until something is written or cleared.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > MostKept)
            _bytes = Allocate(FirstSize);
    }

    public void Append(ReadOnlySpan<byte> encoded)
    {
        Reserve(encoded.Length);
        encoded.CopyTo(_bytes.AsSpan(Length));
        Length += encoded.Length;
    }

    /// <summary>Writes an event as an entry of the past.</summary>
    public void Add(P.HistoryEvent e)
    {
        var size = e.CalculateSize();
        Reserve(size + 6);
        _bytes[Length++] = PastTag;
        WriteNumber((uint)size);
        e.WriteTo(_bytes.AsSpan(Length, size));
        Length += size;
    }

    /// <summary>`OrchestratorStarted` at a time.</summary>
    public void AddTurnStarted(long ticks) => AddEmpty(ticks, 14);

    /// <summary>`OrchestratorCompleted` at a time.</summary>
    public void AddTurnCompleted(long ticks) => AddEmpty(ticks, 15);

    /// <summary>Copies entries of the past as new events.</summary>
    public void AppendAsNew(ReadOnlySpan<byte> past)
    {
        Reserve(past.Length);
        var target = _bytes.AsSpan(Length);
        past.CopyTo(target);
        for (var at = 0; at < past.Length;)
        {
            target[at++] = NewTag;
            var size = ReadNumber(past, ref at);
            at += size;
        }

        Length += past.Length;
    }

    /// <summary>A text field of the message under construction.</summary>
    public void AddText(byte tag, string text)
    {
        var size = System.Text.Encoding.UTF8.GetByteCount(text);
        Reserve(size + 6);
        _bytes[Length++] = tag;
        WriteNumber((uint)size);
        Length += System.Text.Encoding.UTF8.GetBytes(text, _bytes.AsSpan(Length));
    }

    /// <summary>A `StringValue` field of the message under construction.</summary>
    public void AddStringValue(byte tag, string text)
    {
        var size = System.Text.Encoding.UTF8.GetByteCount(text);
        var whole = 1 + SizeOf((uint)size) + size;
        Reserve(whole + 6);
        _bytes[Length++] = tag;
        WriteNumber((uint)whole);
        _bytes[Length++] = 0x0A;
        WriteNumber((uint)size);
        Length += System.Text.Encoding.UTF8.GetBytes(text, _bytes.AsSpan(Length));
    }

    /// <summary>The events of a stretch of history, oldest first.</summary>
    public static IEnumerable<P.HistoryEvent> Parse(ReadOnlyMemory<byte> history)
    {
        for (var at = 0; at < history.Length;)
        {
            at++;
            var size = ReadNumber(history.Span, ref at);
            yield return P.HistoryEvent.Parser.ParseFrom(history.Span.Slice(at, size));
            at += size;
        }
    }

    // eventId -1, the time, and an empty message: written by hand, since each turn has two.
    private void AddEmpty(long ticks, int field)
    {
        var time = ticks - DateTime.UnixEpoch.Ticks;
        var seconds = (ulong)(time / TimeSpan.TicksPerSecond);
        var nanoseconds = (uint)(time % TimeSpan.TicksPerSecond * 100);
        var timeSize = 1 + SizeOf(seconds) + (nanoseconds == 0 ? 0 : 1 + SizeOf(nanoseconds));
        var size = 11 + 2 + timeSize + 2;
        Reserve(size + 2);
        _bytes[Length++] = PastTag;
        _bytes[Length++] = (byte)size;
        _bytes[Length++] = 0x08;
        WriteNumber(ulong.MaxValue);
        _bytes[Length++] = 0x12;
        _bytes[Length++] = (byte)timeSize;
        _bytes[Length++] = 0x08;
        WriteNumber(seconds);
        if (nanoseconds != 0)
        {
            _bytes[Length++] = 0x10;
            WriteNumber(nanoseconds);
        }

        _bytes[Length++] = (byte)((field << 3) | 2);
        _bytes[Length++] = 0;
    }

    private static int SizeOf(ulong value)
    {
        var size = 1;
        for (; value >= 0x80; value >>= 7)
            size++;
        return size;
    }

    private static int ReadNumber(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }

    private void WriteNumber(ulong value)
    {
        while (value >= 0x80)
        {
            _bytes[Length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _bytes[Length++] = (byte)value;
    }

    private void Reserve(int more)
    {
        if (Length + more <= _bytes.Length)
            return;
        var larger = Allocate(Math.Max(_bytes.Length * 2, Length + more));
        Written.CopyTo(larger);
        _bytes = larger;
    }

    private static byte[] Allocate(int size) => GC.AllocateUninitializedArray<byte>(size, pinned: true);
}
