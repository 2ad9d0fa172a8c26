using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Tasklane.Emulator.Durable.Engine;

/// <summary>
/// GUIDs of version 7 as 32 hex digits. Their random part is fetched from the system for many at a time: one by one, that call
/// would cost more than all else about a new id.
/// </summary>
internal static class InstanceIds
{
    private const int Random = 10;
    private const int Batch = 100;

    [ThreadStatic]
    private static byte[]? stock;

    [ThreadStatic]
    private static int left;

    public static string Create(DateTimeOffset now)
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, now.ToUnixTimeMilliseconds() << 16);
        stock ??= new byte[Random * Batch];
        if (left == 0)
        {
            RandomNumberGenerator.Fill(stock);
            left = Batch;
        }

        stock.AsSpan(--left * Random, Random).CopyTo(id[6..]);
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return Convert.ToHexStringLower(id);
    }
}
