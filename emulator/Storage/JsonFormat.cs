using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tasklane.Emulator.Storage;

/// <summary>JSON for messages and workers, not for pages: quotes and letters stay readable.</summary>
internal static class JsonFormat
{
    public static JsonSerializerOptions Plain { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
