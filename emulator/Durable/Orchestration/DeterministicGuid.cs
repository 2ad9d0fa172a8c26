using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>Version 5 GUIDs (RFC 9562) of what every replay knows: the instance, the turn's time, how many were made before.</summary>
internal static class DeterministicGuid
{
    private static readonly byte[] Namespace = new Guid("7cf2a3a5-52b1-4c7f-9a43-5b0f2d9d0f6e").ToByteArray(bigEndian: true);

    // SHA-1 is what version 5 says; nothing is protected by it.
#pragma warning disable CA5350
    public static Guid Create(string instanceId, long ticks, int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{instanceId}_{ticks}_{number}");
        var bytes = new byte[Namespace.Length + Encoding.UTF8.GetByteCount(name)];
        Namespace.CopyTo(bytes, 0);
        Encoding.UTF8.GetBytes(name, bytes.AsSpan(Namespace.Length));
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(bytes, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
#pragma warning restore CA5350
}
