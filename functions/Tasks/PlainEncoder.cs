using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;

namespace Tasklane.Tasks;

/// <summary>
/// Writes text into JSON as it is, but for what JSON cannot hold: as <see cref="JavaScriptEncoder.UnsafeRelaxedJsonEscaping"/> does,
/// which still makes twelve bytes of the four of an emoji, so that a text three times shorter than a limit would break it.
/// For JSON that is sent as JSON, never as part of a page.
/// </summary>
internal sealed class PlainEncoder : JavaScriptEncoder
{
    private const int PastBasicPlane = 0x10000;

    private static readonly JavaScriptEncoder Relaxed = UnsafeRelaxedJsonEscaping;

    private PlainEncoder()
    {
    }

    public static PlainEncoder Instance { get; } = new();

    public override int MaxOutputCharactersPerInputCharacter => Relaxed.MaxOutputCharactersPerInputCharacter;

    public override bool WillEncode(int unicodeScalar) => unicodeScalar < PastBasicPlane && Relaxed.WillEncode(unicodeScalar);

    public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text)
    {
        for (var at = 0; ;)
        {
            var found = Relaxed.FindFirstCharacterToEncodeUtf8(utf8Text[at..]);
            if (found < 0)
                return -1;
            at += found;
            if (Rune.DecodeFromUtf8(utf8Text[at..], out var rune, out var length) != OperationStatus.Done || rune.Value < PastBasicPlane)
                return at;
            at += length;
        }
    }

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        for (var at = 0; ;)
        {
            var found = Relaxed.FindFirstCharacterToEncode(text + at, textLength - at);
            if (found < 0)
                return -1;
            at += found;
            if (Rune.DecodeFromUtf16(new ReadOnlySpan<char>(text + at, textLength - at), out var rune, out var length) != OperationStatus.Done
                || rune.Value < PastBasicPlane)
            {
                return at;
            }
            at += length;
        }
    }

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten) =>
        Relaxed.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
}
