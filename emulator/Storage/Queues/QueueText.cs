using System.Text;

namespace Tasklane.Emulator.Storage.Queues;

/// <summary>Messages as they are stored, base64 or plain text.</summary>
internal static class QueueText
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Encode(ReadOnlySpan<byte> body, bool base64) => base64 ? Convert.ToBase64String(body) : Encoding.UTF8.GetString(body);

    /// <summary>The body of a stored message; false when it is not the base64 it should be.</summary>
    public static bool TryDecode(string stored, bool base64, out byte[] body)
    {
        if (!base64)
        {
            body = Encoding.UTF8.GetBytes(stored);
            return true;
        }

        body = [];
        try
        {
            body = Convert.FromBase64String(stored);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>Bytes as text; null when they are none.</summary>
    public static string? Text(byte[] body)
    {
        try
        {
            return _strict.GetString(body);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
