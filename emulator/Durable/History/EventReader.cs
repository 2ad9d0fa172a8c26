using System.Buffers.Binary;
using System.Text;
using Microsoft.DurableTask;

namespace Tasklane.Emulator.Durable.History;

/// <summary>Reads what <see cref="EventBuffer"/> wrote, one event after the other.</summary>
internal sealed class EventReader(ReadOnlyMemory<byte> encoded)
{
    private int at;

    public bool AtEnd => at >= encoded.Length;

    /// <summary>How many events were read; says where in a history something is.</summary>
    public int Position { get; private set; }

    /// <summary>The kind of the next event, without reading it; null at the end.</summary>
    public EventKind? Peek() => AtEnd ? null : (EventKind)encoded.Span[at];

    public Event Read()
    {
        Position++;
        var kind = (EventKind)ReadByte();
        var mask = ReadByte();
        var more = (mask & EventFields.More) != 0 ? ReadByte() : 0;

        // Initializers run in the order they are written, which is the order on disk.
        return new Event(kind)
        {
            Id = (mask & EventFields.Id) != 0 ? (int)ReadNumber() : 0,
            Name = (mask & EventFields.Name) != 0 ? ReadText() : null,
            Target = (mask & EventFields.Target) != 0 ? ReadText() : null,
            Text = (mask & EventFields.Text) != 0 ? ReadText() : null,
            Time = (mask & EventFields.Time) != 0 ? ReadTime() : 0,
            Failure = (more & EventFields.Failure) != 0 ? ReadFailure() : null,
            Version = (more & EventFields.Version) != 0 ? ReadText() : null,
            Tags = (more & EventFields.Tags) != 0 ? ReadTags() : null,
            Sender = (more & EventFields.Sender) != 0 ? ReadText() : null,
            Epoch = (more & EventFields.Epoch) != 0 ? (long)ReadNumber() : 0,
            Parent = (more & EventFields.Parent) != 0 ? ReadText() : null,
        };
    }

    public IEnumerable<Event> ReadAll()
    {
        while (!AtEnd)
            yield return Read();
    }

    private TaskFailureDetails ReadFailure()
    {
        var type = ReadText();
        var message = ReadText();
        var stack = ReadOptional();
        var properties = FailureProperties.Read(ReadOptional());
        var inner = ReadByte() == 0 ? null : ReadFailure();
        return new TaskFailureDetails(type, message, stack, inner, properties);
    }

    private Dictionary<string, string> ReadTags()
    {
        var count = (int)ReadNumber();
        var tags = new Dictionary<string, string>(count);
        for (var i = 0; i < count; i++)
        {
            var key = ReadText();
            tags[key] = ReadText();
        }

        return tags;
    }

    private string? ReadOptional() => ReadByte() == 0 ? null : ReadText();

    private string ReadText()
    {
        var length = (int)ReadNumber();
        var text = Encoding.UTF8.GetString(encoded.Span.Slice(at, length));
        at += length;
        return text;
    }

    private long ReadTime()
    {
        var time = BinaryPrimitives.ReadInt64LittleEndian(encoded.Span[at..]);
        at += 8;
        return time;
    }

    private ulong ReadNumber()
    {
        var value = 0ul;
        for (var shift = 0; ; shift += 7)
        {
            var next = ReadByte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }

    private int ReadByte() => encoded.Span[at++];
}
