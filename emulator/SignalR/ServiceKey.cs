using System.Security.Cryptography;
using System.Text;

namespace Tasklane.Emulator.SignalR;

/// <summary>
/// The access key that client tokens and REST calls are signed with: the connection string's, or, when there is no
/// connection string or it relies on an identity, one generated once and kept in the data directory.
/// </summary>
internal sealed class ServiceKey
{
    public const string DefaultSetting = "AzureSignalRConnectionString";

    private const string FileName = "signalr.key";

    // HMAC-SHA256 with a key shorter than its output is refused by the token library; better said here than there.
    private const int MinBytes = 32;

    private ServiceKey(string value) => Value = value;

    public string Value { get; }

    /// <summary>The key's bytes: the service signs with the text itself, not with what its Base64 stands for.</summary>
    public byte[] Bytes => Encoding.UTF8.GetBytes(Value);

    /// <param name="connectionString">The setting's value; null or empty when absent.</param>
    /// <param name="dataDirectory">Where a generated key is kept.</param>
    /// <param name="say">Told in a sentence when a kept key is worth nothing and another takes its place.</param>
    /// <exception cref="InvalidOperationException">
    /// The connection string's key is too short to sign with, or the kept one can be neither read nor written.
    /// </exception>
    public static ServiceKey Load(string? connectionString, string dataDirectory, Action<string> say)
    {
        var key = AccessKeyOf(connectionString);
        if (key is null)
            return new ServiceKey(StoredOrSay(dataDirectory, say));
        if (Encoding.UTF8.GetByteCount(key) < MinBytes)
            throw new InvalidOperationException(
                $"The AccessKey in {DefaultSetting} is shorter than {MinBytes} characters and cannot sign tokens.");
        return new ServiceKey(key);
    }

    private static string? AccessKeyOf(string? connectionString)
    {
        foreach (var part in (connectionString ?? "").Split(';'))
        {
            // A key is Base64 and ends in equal signs: only the first one separates.
            var pair = part.Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair.Length == 2 && pair[0].Equals("AccessKey", StringComparison.OrdinalIgnoreCase))
                return pair[1].Length > 0 ? pair[1] : null;
        }
        return null;
    }

    private static string StoredOrSay(string directory, Action<string> say)
    {
        try
        {
            return Stored(Path.Combine(directory, FileName), say);
        }
        catch (Exception e) when (e is OwnFileException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"The key of the SignalR service cannot be kept: {e.Message}", e);
        }
    }

    private static string Stored(string path, Action<string> say)
    {
        if (Read(path) is { } kept)
        {
            if (CanSign(kept))
                return kept;
            say($"{path} holds no key that can sign (empty, cut short or damaged). A new one takes its place: tokens of before are not valid any more.");
            File.Delete(path);
        }

        TryCreate(path);
        return Read(path)!;
    }

    private static string? Read(string path) => OwnFiles.Read(path) is { } bytes ? Encoding.UTF8.GetString(bytes).Trim() : null;

    // It goes into a connection string, so it is made of what a key in one can be made of.
    private static bool CanSign(string key) =>
        key.Length >= MinBytes && key.All(character => char.IsAsciiLetterOrDigit(character) || character is '+' or '/' or '=' or '-' or '_');

    private static void TryCreate(string path)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}";
        OwnFiles.Write(temporary, Encoding.UTF8.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(MinBytes))));
        try
        {
            // Moved into place whole: a second process starting at this moment never reads half a key.
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
        }
    }
}
