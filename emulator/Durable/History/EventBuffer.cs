using System.Buffers.Binary;
using System.Text;
using Microsoft.DurableTask;

namespace Tasklane.Emulator.Durable.History;

/// <summary>
/// Events as bytes: kind, a mask of the fields present, the fields. Numbers are variable-length, texts UTF-8 with their length
/// before them. Payloads stay the JSON text they are; nothing here parses them. Grows, is cleared and used again.
/// </summary>
internal sealed class EventBuffer
{
    private const int FirstSize = 256;
    private const int MostKept = 64 * 1024;

    // Pinned, so that SQLite can read it in place.
    private byte[] bytes = Allocate(FirstSize);

    public int Length { get; private set; }

    /// <summary>Does not move; valid until something is written or cleared.</summary>
    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, Length);

    public void Clear()
    {
        Length = 0;
        if (bytes.Length > MostKept)
            bytes = Allocate(FirstSize);
    }

    public void Append(ReadOnlySpan<byte> encoded)
    {
        Reserve(encoded.Length);
        encoded.CopyTo(bytes.AsSpan(Length));
        Length += encoded.Length;
    }

    public void Write(Event e)
    {
        var mask = Begin(e.Kind, e.Id, e.Name, e.Target, e.Text, e.Time);
        var at = Length - 1;
        if (e.Failure is null && e.Version is null && e.Tags is null && e.Sender is null && e.Parent is null && e.Epoch == 0)
        {
            Body(e.Id, e.Name, e.Target, e.Text, e.Time);
            return;
        }

        // The rarer fields have a mask of their own behind the first.
        bytes[at] = (byte)(mask | EventFields.More);
        Reserve(1);
        bytes[Length++] = (byte)((e.Failure is null ? 0 : EventFields.Failure)
            | (e.Version is null ? 0 : EventFields.Version)
            | (e.Tags is null ? 0 : EventFields.Tags)
            | (e.Sender is null ? 0 : EventFields.Sender)
            | (e.Epoch == 0 ? 0 : EventFields.Epoch)
            | (e.Parent is null ? 0 : EventFields.Parent));
        Body(e.Id, e.Name, e.Target, e.Text, e.Time);
        if (e.Failure is not null)
            WriteFailure(e.Failure);
        if (e.Version is not null)
            WriteText(e.Version);
        if (e.Tags is not null)
            WriteTags(e.Tags);
        if (e.Sender is not null)
            WriteText(e.Sender);
        if (e.Epoch != 0)
            WriteNumber((ulong)e.Epoch);
        if (e.Parent is not null)
            WriteText(e.Parent);
    }

    /// <summary>The same for the fields the hot path needs, without an event.</summary>
    public void Write(EventKind kind, int id = 0, string? name = null, string? target = null, string? text = null, long time = 0)
    {
        Begin(kind, id, name, target, text, time);
        Body(id, name, target, text, time);
    }

    private byte Begin(EventKind kind, int id, string? name, string? target, string? text, long time)
    {
        var mask = (byte)((id == 0 ? 0 : EventFields.Id)
            | (name is null ? 0 : EventFields.Name)
            | (target is null ? 0 : EventFields.Target)
            | (text is null ? 0 : EventFields.Text)
            | (time == 0 ? 0 : EventFields.Time));
        Reserve(2);
        bytes[Length++] = (byte)kind;
        bytes[Length++] = mask;
        return mask;
    }

    private void Body(int id, string? name, string? target, string? text, long time)
    {
        if (id != 0)
            WriteNumber((uint)id);
        if (name is not null)
            WriteText(name);
        if (target is not null)
            WriteText(target);
        if (text is not null)
            WriteText(text);
        if (time != 0)
        {
            Reserve(8);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(Length), time);
            Length += 8;
        }
    }

    private void WriteFailure(TaskFailureDetails failure)
    {
        WriteText(failure.ErrorType);
        WriteText(failure.ErrorMessage);
        WriteOptional(failure.StackTrace);
        WriteOptional(FailureProperties.Write(failure.Properties));
        Reserve(1);
        bytes[Length++] = failure.InnerFailure is null ? (byte)0 : (byte)1;
        if (failure.InnerFailure is not null)
            WriteFailure(failure.InnerFailure);
    }

    private void WriteTags(IReadOnlyDictionary<string, string> tags)
    {
        WriteNumber((uint)tags.Count);
        foreach (var (key, value) in tags)
        {
            WriteText(key);
            WriteText(value);
        }
    }

    private void WriteOptional(string? text)
    {
        Reserve(1);
        bytes[Length++] = text is null ? (byte)0 : (byte)1;
        if (text is not null)
            WriteText(text);
    }

    private void WriteText(string text)
    {
        var count = Encoding.UTF8.GetByteCount(text);
        WriteNumber((uint)count);
        Reserve(count);
        Length += Encoding.UTF8.GetBytes(text, bytes.AsSpan(Length));
    }

    private void WriteNumber(ulong value)
    {
        Reserve(10);
        while (value >= 0x80)
        {
            bytes[Length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        bytes[Length++] = (byte)value;
    }

    private void Reserve(int more)
    {
        if (Length + more <= bytes.Length)
            return;
        var larger = Allocate(Math.Max(bytes.Length * 2, Length + more));
        Written.CopyTo(larger);
        bytes = larger;
    }

    private static byte[] Allocate(int size) => GC.AllocateUninitializedArray<byte>(size, pinned: true);
}

/// <summary>The bits that say which fields follow. On disk.</summary>
internal static class EventFields
{
    public const int Id = 1, Name = 2, Target = 4, Text = 8, Time = 16, More = 128;

    public const int Failure = 1, Version = 2, Tags = 4, Sender = 8, Epoch = 16, Parent = 32;
}
