using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace Tasklane.Tasks.Http.Caching;

/// <summary>
/// Compresses answers for clients that ask for it. Here and not in a middleware of the web server: on Azure and on the local host alike a
/// function's answer is written by the function, its length is known, and a remembered answer is compressed once.
/// </summary>
internal static class AnswerEncoding
{
    public const string Brotli = "br";
    public const string Gzip = "gzip";

    /// <summary>Shorter answers fit into a packet as they are.</summary>
    public const int Least = 1024;

    // A tenth larger than at the best quality, in a tenth of the time.
    private const int Quality = 4;
    private const int Window = 20;

    /// <summary>Sets the headers for an answer of this length, and says in which encoding it is to be written; null = as it is.</summary>
    public static string? Begin(HttpContext context, int length)
    {
        if (length < Least)
            return null;
        context.Response.Headers.Append("Vary", "Accept-Encoding");
        if (Choose(context.Request) is not { } encoding)
            return null;
        context.Response.Headers.ContentEncoding = encoding;
        return encoding;
    }

    public static byte[] Compress(string encoding, ReadOnlySpan<byte> bytes)
    {
        if (encoding == Brotli)
        {
            var room = new byte[BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
            if (!BrotliEncoder.TryCompress(bytes, room, out var written, Quality, Window))
                throw new InvalidOperationException("Brotli needs more room than it asked for.");
            return room[..written];
        }
        using var compressed = new MemoryStream(bytes.Length / 4);
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return compressed.ToArray();
    }

    /// <summary>What the client likes best of what there is; of two that it likes alike the smaller one.</summary>
    private static string? Choose(HttpRequest request)
    {
        if (request.Headers.AcceptEncoding.Count == 0)
            return null;
        var (brotli, gzip, others, plain) = (-1.0, -1.0, 0.0, -1.0);
        foreach (var one in request.GetTypedHeaders().AcceptEncoding)
        {
            var wish = one.Quality ?? 1;
            switch (one.Value.Value?.ToLowerInvariant())
            {
                case Brotli:
                    brotli = wish;
                    break;
                case Gzip or "x-gzip":
                    gzip = wish;
                    break;
                case "identity":
                    plain = wish;
                    break;
                case "*":
                    others = wish;
                    break;
            }
        }
        (brotli, gzip) = (brotli < 0 ? others : brotli, gzip < 0 ? others : gzip);
        var best = Math.Max(brotli, gzip);
        return best <= 0 || best < plain ? null : brotli >= gzip ? Brotli : Gzip;
    }
}
