using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Tasklane.Stores.Redis;

/// <summary>
/// Sets of tasks, a bit each, in segments of 4,096 as Redis keeps them: the n-th task of a segment is bit n, counted from the
/// highest bit of the first byte.
/// </summary>
internal sealed class TaskBitmaps(long[] segments)
{
    /// <summary>Tasks per segment.</summary>
    public const int SegmentSize = 4096;

    private const int Bytes = SegmentSize / 8;

    private readonly byte[] _bits = new byte[segments.Length * Bytes];

    /// <summary>The segments' numbers, lowest first.</summary>
    public long[] Segments => segments;

    /// <summary>The bits of the segment at this place in <see cref="Segments"/>.</summary>
    public Span<byte> At(int place) => _bits.AsSpan(place * Bytes, Bytes);

    public void Set(int place, int bit) => At(place)[bit / 8] |= (byte)(0x80 >> (bit % 8));

    /// <summary>Adds what Redis keeps for a segment; it may be shorter, or nothing at all.</summary>
    public void Add(int place, ReadOnlySpan<byte> bitmap)
    {
        var target = At(place);
        if (bitmap.Length == Bytes)
        {
            Or(target, bitmap);
            return;
        }
        for (var i = 0; i < Math.Min(bitmap.Length, Bytes); i++)
            target[i] |= bitmap[i];
    }

    /// <summary>Adds what facet.lua keeps for a segment: a whole bitmap, or bits of two bytes each.</summary>
    public void AddBits(int place, ReadOnlySpan<byte> bits)
    {
        if (bits.Length == Bytes)
        {
            Add(place, bits);
            return;
        }
        for (; bits.Length >= 2; bits = bits[2..])
            Set(place, BinaryPrimitives.ReadUInt16BigEndian(bits));
    }

    /// <summary>Keeps only what is in the other, too.</summary>
    public void And(TaskBitmaps other)
    {
        var mine = Vectors(_bits);
        var others = Vectors(other._bits);
        for (var i = 0; i < mine.Length; i++)
            mine[i] &= others[i];
    }

    public long Count()
    {
        var count = 0L;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(_bits.AsSpan()))
            count += BitOperations.PopCount(word);
        return count;
    }

    /// <summary>The number of the task at a place, which its record has too.</summary>
    public static long NumberOf((long Segment, int Bit) place) => (place.Segment * SegmentSize) + place.Bit;

    /// <summary>Keeps only tasks with lower numbers.</summary>
    public void KeepBelow(long number)
    {
        for (var place = 0; place < segments.Length; place++)
        {
            var first = segments[place] * SegmentSize;
            if (first + SegmentSize <= number) continue;
            var kept = (int)Math.Max(0, number - first);
            var bits = At(place);
            bits[((kept + 7) / 8)..].Clear();
            if (kept % 8 != 0) bits[kept / 8] &= (byte)(0xFF00 >> (kept % 8));
        }
    }

    public bool IsEmpty(int place) => !At(place).ContainsAnyExcept((byte)0);

    /// <summary>A page of the set, newest first.</summary>
    public List<(long Segment, int Bit)> Newest(long skip, int take)
    {
        var found = new List<(long, int)>(take);
        for (var place = segments.Length - 1; place >= 0 && found.Count < take; place--)
        {
            var bits = At(place);
            for (var i = Bytes - 1; i >= 0 && found.Count < take; i--)
            {
                // Whole bytes are skipped by their count, so that a far page costs little more than the first.
                var inByte = BitOperations.PopCount(bits[i]);
                if (skip >= inByte)
                {
                    skip -= inByte;
                    continue;
                }
                for (var bit = 7; bit >= 0 && found.Count < take; bit--)
                {
                    if ((bits[i] & (0x80 >> bit)) != 0 && skip-- <= 0)
                        found.Add((segments[place], (i * 8) + bit));
                }
            }
        }
        return found;
    }

    private static void Or(Span<byte> target, ReadOnlySpan<byte> other)
    {
        var mine = Vectors(target);
        var others = MemoryMarshal.Cast<byte, Vector<byte>>(other);
        for (var i = 0; i < mine.Length; i++)
            mine[i] |= others[i];
    }

    private static Span<Vector<byte>> Vectors(Span<byte> bytes) => MemoryMarshal.Cast<byte, Vector<byte>>(bytes);
}
