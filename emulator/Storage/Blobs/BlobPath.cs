using System.Text;
using System.Text.RegularExpressions;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Storage.Blobs;

/// <summary>
/// The path of a blob trigger, `container/{name}.{ext}`: a container, and a pattern whose names in braces capture what stands there.
/// `{{` and `}}` are braces of the blob's name. A path without a blob takes every blob of the container.
/// </summary>
internal sealed class BlobPath
{
    private readonly Regex? _pattern;

    private BlobPath(string container, string prefix, Regex? pattern)
    {
        Container = container;
        Prefix = prefix;
        _pattern = pattern;
    }

    public string Container { get; }

    /// <summary>What every name begins with: only those need be listed.</summary>
    public string Prefix { get; }

    /// <exception cref="FunctionErrorException">It is no path.</exception>
    public static BlobPath Parse(string path)
    {
        var (container, blob) = Split(path);
        if (container.Contains('{', StringComparison.Ordinal))
            throw Invalid(path, "Container paths cannot contain {resolve} tokens.");
        return blob.Length == 0 ? new BlobPath(container, "", null) : Compile(path, container, blob);
    }

    /// <summary>The container and the blob of a path; the blob is empty for a container alone.</summary>
    /// <exception cref="FunctionErrorException">It is no path.</exception>
    public static (string Container, string Blob) Split(string path)
    {
        var trimmed = path.TrimStart('/');
        var slash = trimmed.IndexOf('/', StringComparison.Ordinal);
        var (container, blob) = slash < 0 ? (trimmed, "") : (trimmed[..slash], trimmed[(slash + 1)..]);
        return container.Length > 0 ? (container, blob) : throw Invalid(path, "Paths must be in the format 'container/blob'.");
    }

    /// <summary>What the names in braces stand for in a blob's name; null when it does not fit.</summary>
    public IReadOnlyDictionary<string, string>? Match(string blob)
    {
        var captured = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (_pattern is null)
            return captured;
        var match = _pattern.Match(blob);
        if (!match.Success)
            return null;
        foreach (var group in match.Groups.Values.Where(group => !char.IsAsciiDigit(group.Name[0])))
            captured[group.Name] = group.Value;
        return captured;
    }

    // The real host's words, as far as it has any.
    private static FunctionErrorException Invalid(string path, string why) => new($"Invalid blob trigger path '{path}'. {why}");

    private static BlobPath Compile(string path, string container, string blob)
    {
        var pattern = new StringBuilder("^");
        var literal = new StringBuilder();
        string? prefix = null;
        for (var i = 0; i < blob.Length; i++)
        {
            var doubled = i + 1 < blob.Length && blob[i + 1] == blob[i];
            if (blob[i] is '{' or '}' && doubled)
            {
                literal.Append(blob[i++]);
            }
            else if (blob[i] == '{')
            {
                var end = blob.IndexOf('}', i);
                var name = end < 0 ? "" : blob[(i + 1)..end];
                if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') || char.IsAsciiDigit(name[0]))
                    throw Invalid(path, "A '{' begins a name and a '}' ends it.");
                prefix ??= literal.ToString();
                pattern.Append(Regex.Escape(literal.ToString())).Append("(?<").Append(name).Append(">.+)");
                literal.Clear();
                i = end;
            }
            else if (blob[i] == '}')
            {
                throw Invalid(path, "A '}' ends a name that a '{' began.");
            }
            else
            {
                literal.Append(blob[i]);
            }
        }

        pattern.Append(Regex.Escape(literal.ToString())).Append('$');
        return new BlobPath(
            container, prefix ?? literal.ToString(), new Regex(pattern.ToString(), RegexOptions.CultureInvariant | RegexOptions.Singleline));
    }
}
