using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Tasklane.Handlers.Crawling;

/// <summary>An address to visit.</summary>
/// <param name="Depth">Links from where the crawl began.</param>
/// <param name="Redirects">Redirects in a row that led here.</param>
internal sealed record Stop(Uri Url, int Depth, int Redirects);

/// <summary>
/// The addresses that a crawl still has to visit, the first found first, and those it knows already. Both fit a checkpoint: never more
/// wait than may still be taken, of those done only 8 bytes of a hash are kept, and where long addresses do not fit even
/// compressed, those found last are given up.
/// </summary>
/// <param name="most">How many addresses are taken in all.</param>
internal sealed class Frontier(int most)
{
    /// <summary>As base64 in a checkpoint of 256 KiB, beside the rest of it.</summary>
    public const int MaxPacked = 184 * 1024;

    private const int HashBytes = 8;

    private readonly LinkedList<Stop> _waiting = new();
    private readonly HashSet<ulong> _done = [];
    private readonly HashSet<ulong> _known = [];

    /// <summary>Addresses taken so far.</summary>
    public int Taken => _done.Count;

    /// <summary>Addresses given up because a checkpoint had no room for them.</summary>
    public int GivenUp { get; private set; }

    public int Waiting => _waiting.Count;

    /// <summary>False when it is known already, or as many wait as may still be taken.</summary>
    public bool Add(Uri url, int depth, int redirects = 0)
    {
        url = WithoutFragment(url);
        if (_waiting.Count >= most - Taken || !_known.Add(Hash(url)))
            return false;
        _waiting.AddLast(new Stop(url, depth, redirects));
        return true;
    }

    /// <summary>The next one to visit. What is taken is done, whatever comes of it.</summary>
    public Stop Take()
    {
        var next = _waiting.First!.Value;
        _waiting.RemoveFirst();
        _done.Add(Hash(next.Url));
        return next;
    }

    /// <summary>The whole of it, compressed, at most <see cref="MaxPacked"/> bytes.</summary>
    public byte[] Pack()
    {
        while (true)
        {
            using var packed = new MemoryStream();
            using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal, leaveOpen: true))
                Write(brotli);
            if (packed.Length <= MaxPacked)
                return packed.ToArray();
            for (var excess = _waiting.Count / 4 + 1; excess > 0 && _waiting.Last is { } last; excess--, GivenUp++)
            {
                _known.Remove(Hash(last.Value.Url));
                _waiting.RemoveLast();
            }
        }
    }

    public static Frontier Unpack(byte[] packed, int most)
    {
        using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        var frontier = new Frontier(most);
        frontier.Read(brotli);
        return frontier;
    }

    private void Write(Stream stream)
    {
        var hashes = new byte[_done.Count * HashBytes];
        var at = 0;
        foreach (var hash in _done)
            BinaryPrimitives.WriteUInt64LittleEndian(hashes.AsSpan(HashBytes * at++), hash);
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(GivenUp);
        writer.Write(_done.Count);
        writer.Write(hashes);
        writer.Write(_waiting.Count);
        foreach (var stop in _waiting)
        {
            writer.Write7BitEncodedInt(stop.Depth);
            writer.Write7BitEncodedInt(stop.Redirects);
            writer.Write(stop.Url.AbsoluteUri);
        }
    }

    private void Read(Stream stream)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        GivenUp = reader.ReadInt32();
        for (var left = reader.ReadInt32(); left > 0; left--)
            _done.Add(reader.ReadUInt64());
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var (depth, redirects) = (reader.Read7BitEncodedInt(), reader.Read7BitEncodedInt());
            _waiting.AddLast(new Stop(new Uri(reader.ReadString()), depth, redirects));
        }
        _known.UnionWith(_done);
        _known.UnionWith(_waiting.Select(stop => Hash(stop.Url)));
    }

    private static Uri WithoutFragment(Uri url) => url.Fragment.Length == 0 ? url : new Uri(url.GetLeftPart(UriPartial.Query));

    /// <summary>Of SHA-256, so that no site can make two addresses that are taken for one.</summary>
    private static ulong Hash(Uri url) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(url.AbsoluteUri)));
}
