using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tasklane.Handlers.Webhooks;

/// <summary>
/// <c>t=&lt;unix seconds&gt;,v1=&lt;hex&gt;</c>: HMAC-SHA256 over <c>t.body</c> by each secret. A receiver works out its own, compares it with
/// every <c>v1</c>, and refuses an old <c>t</c>.
/// </summary>
internal static class WebhookSignature
{
    public const string Header = "Tasklane-Signature";

    public static string Of(byte[] body, DateTimeOffset at, IEnumerable<string> secrets)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes(time), (byte)'.', .. body];
        return string.Join(',', secrets
            .Select(secret => "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed)))
            .Prepend("t=" + time));
    }
}
