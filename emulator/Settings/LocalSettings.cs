using System.Text.Json;

namespace Tasklane.Emulator;

/// <summary>
/// local.settings.json as the Core Tools read it: Values and ConnectionStrings become environment settings, Host holds
/// the port and CORS. Looked for beside the assembly, then in the working directory and upwards.
/// </summary>
internal sealed class LocalSettings
{
    public const string FileName = "local.settings.json";

    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    public static LocalSettings Empty { get; } = new();

    /// <summary>Settings by name, as written (`Tasklane__Store`).</summary>
    public Dictionary<string, string?> Values { get; } = new(StringComparer.OrdinalIgnoreCase);

    public int? Port { get; private set; }

    /// <summary>Origins that may call across sites; "*" for all.</summary>
    public IReadOnlyList<string> CorsOrigins { get; private set; } = [];

    public bool CorsCredentials { get; private set; }

    public static LocalSettings Find(string assemblyDirectory, string workingDirectory)
    {
        var file = Candidates(assemblyDirectory, workingDirectory).FirstOrDefault(File.Exists);
        return file is null ? Empty : Read(file);
    }

    public static LocalSettings Read(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file), Lenient);
            return Parse(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"{file} is not valid JSON: {e.Message}", e);
        }
    }

    private static LocalSettings Parse(JsonElement root)
    {
        if (root.TryGetProperty("IsEncrypted", out var encrypted) && encrypted.ValueKind == JsonValueKind.True)
            throw new InvalidOperationException($"{FileName} is encrypted; run `func settings decrypt` first.");

        var settings = new LocalSettings();
        if (root.TryGetProperty(nameof(Values), out var values) && values.ValueKind == JsonValueKind.Object)
        {
            foreach (var value in values.EnumerateObject())
                settings.Values[value.Name] = Text(value.Value);
        }
        if (root.TryGetProperty("ConnectionStrings", out var connections) && connections.ValueKind == JsonValueKind.Object)
        {
            foreach (var connection in connections.EnumerateObject())
            {
                var text = connection.Value.ValueKind == JsonValueKind.Object
                    && connection.Value.TryGetProperty("ConnectionString", out var nested) ? nested : connection.Value;
                settings.Values[$"ConnectionStrings:{connection.Name}"] = Text(text);
            }
        }
        if (root.TryGetProperty("Host", out var host) && host.ValueKind == JsonValueKind.Object)
            settings.ReadHost(host);
        return settings;
    }

    private void ReadHost(JsonElement host)
    {
        if (host.TryGetProperty("LocalHttpPort", out var port) && int.TryParse(Text(port), out var number))
            Port = number;
        if (host.TryGetProperty("CORS", out var cors))
            CorsOrigins = (Text(cors) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        CorsCredentials = host.TryGetProperty("CORSCredentials", out var credentials)
            && bool.TryParse(Text(credentials), out var allowed) && allowed;
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };

    private static IEnumerable<string> Candidates(string assemblyDirectory, string workingDirectory)
    {
        yield return Path.Combine(assemblyDirectory, FileName);
        for (var folder = new DirectoryInfo(workingDirectory); folder is not null; folder = folder.Parent)
            yield return Path.Combine(folder.FullName, FileName);
    }
}
