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
    /// <exception cref="InvalidOperationException">The connection string's key is too short to sign with.</exception>
    public static ServiceKey Load(string? connectionString, string dataDirectory)
    {
        var key = AccessKeyOf(connectionString);
        if (key is null)
            return new ServiceKey(Stored(dataDirectory));
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

    private static string Stored(string directory)
    {
        OwnFiles.CreateDirectory(directory);
        var path = Path.Combine(directory, FileName);
        if (File.Exists(path) && File.ReadAllText(path).Trim().Length < MinBytes)
        {
            // Empty or cut short, by a full disk say: it can sign nothing, and tokens of before are worth nothing without it.
            File.Delete(path);
        }

        if (!File.Exists(path))
            TryCreate(path);
        return File.ReadAllText(path).Trim();
    }

    private static void TryCreate(string path)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(temporary, options))
            writer.Write(Convert.ToBase64String(RandomNumberGenerator.GetBytes(MinBytes)));
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
