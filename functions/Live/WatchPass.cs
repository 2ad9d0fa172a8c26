using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Tasklane.Tasks;

namespace Tasklane.Live;

/// <summary>
/// Lets an admin's hub connection prove its role: a hub connection carries a user id and nothing else, so who may watch
/// everybody's tasks fetches a pass by HTTP, where the principal is verified, and shows it when subscribing.
/// </summary>
public sealed class WatchPass(IOptions<TasklaneOptions> options, TimeProvider time)
{
    /// <summary>How long a pass is good for.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly byte[] _key = options.Value.PassKey is { Length: > 0 } given
        ? SHA256.HashData(Encoding.UTF8.GetBytes(given))
        : RandomNumberGenerator.GetBytes(32);

    /// <summary>A pass for one user.</summary>
    public string Issue(string userId)
    {
        var expires = (time.GetUtcNow() + Lifetime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"{expires}.{Sign(userId, expires)}";
    }

    /// <summary>Whether the pass is that user's and still good.</summary>
    public bool Admits(string userId, string? pass)
    {
        if (pass?.Split('.') is not [var expires, var signature]
            || !long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds < time.GetUtcNow().ToUnixTimeSeconds())
        {
            return false;
        }
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign(userId, expires)), Encoding.ASCII.GetBytes(signature));
    }

    private string Sign(string userId, string expires) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{expires}\n{userId}")));
}
