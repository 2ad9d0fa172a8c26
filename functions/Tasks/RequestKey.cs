using System.Security.Cryptography;
using System.Text;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks;

/// <summary>
/// An idempotency key, with the request that came under it. The same request again gets what the first one made; another one is refused
/// with <see cref="TaskErrors.IdempotencyConflict"/>. It is kept for <see cref="Kept"/> from its first use.
/// </summary>
/// <param name="User">Whose key it is: everybody has their own.</param>
/// <param name="Hash">Tells requests apart.</param>
public sealed record RequestKey(string User, string Key, string Hash)
{
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private const int MaxLength = 200;

    /// <summary>The key of a request that is all said by its name and its body.</summary>
    /// <param name="key">As the client sent it.</param>
    /// <exception cref="InvalidRequestException">It cannot be a key.</exception>
    public static RequestKey Of(string user, string key, string request, ReadOnlySpan<byte> body)
    {
        if (Problem(key) is { } problem)
            throw InvalidRequestException.OfFields(RequestErrors.InvalidField, [problem]);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request}\n\n"));
        hash.AppendData(body);
        return new RequestKey(user, key, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>What is wrong with a key that a client sent; null when it can be one.</summary>
    internal static FieldError? Problem(string key)
    {
        if (Characters.Count(key) is 0 or > MaxLength)
            return new FieldError("Idempotency-Key", FieldErrors.Length, 1, MaxLength, Characters.Count(key));
        return Characters.AreVisible(key) ? null : new FieldError("Idempotency-Key", FieldErrors.Text);
    }
}
