using System.Buffers;
using System.Globalization;
using System.Text;

namespace Tasklane.Handlers.Crawling;

/// <summary>
/// A host's robots.txt as it concerns one crawler (RFC 9309): the groups that name it, or else those for everybody; of the rules that
/// match a path the longest decides, and "allow" between equals.
/// </summary>
internal sealed class RobotsRules
{
    /// <summary>Parsers must read 500 KiB at least, and need not read more.</summary>
    public const int MaxBytes = 500 * 1024;

    private static readonly SearchValues<char> _productLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_");

    private readonly List<(string Pattern, bool Allow)> _rules = [];

    /// <summary>For hosts without a robots.txt.</summary>
    public static RobotsRules AllowAll { get; } = new();

    /// <summary>Seconds between requests that the host asks for; null when it asks for none. Not of the RFC, but widely used.</summary>
    public double? CrawlDelay { get; private set; }

    /// <param name="agent">The crawler's name, from which what is no letter, '-' or '_' and all that follows is left out.</param>
    public static RobotsRules Parse(string text, string agent)
    {
        var (own, everybody) = (new RobotsRules(), new RobotsRules());
        var (ownNamed, naming, forUs, forAll) = (false, false, false, false);
        var name = Product(agent);
        foreach (var line in text.TrimStart('\uFEFF').Split('\r', '\n'))
        {
            if (Read(line) is not var (key, value))
                continue;
            if (key == "user-agent")
            {
                if (!naming)
                    (forUs, forAll) = (false, false);
                naming = true;
                forAll |= value == "*";
                if (value != "*" && Product(value).Equals(name, StringComparison.OrdinalIgnoreCase))
                    forUs = ownNamed = true;
            }
            else if (key is "allow" or "disallow" or "crawl-delay")
            {
                naming = false;
                if (forUs)
                    own.Add(key, value);
                if (forAll)
                    everybody.Add(key, value);
            }
        }
        return ownNamed ? own : everybody;
    }

    /// <summary>Whether the crawler may ask for this address of the host.</summary>
    public bool Allows(Uri url)
    {
        var path = Normal(url.PathAndQuery);
        if (path == "/robots.txt")
            return true;
        var (longest, allow) = (-1, true);
        foreach (var rule in _rules)
        {
            if (rule.Pattern.Length >= longest && Matches(rule.Pattern, path))
                (longest, allow) = (rule.Pattern.Length, rule.Allow || (allow && longest == rule.Pattern.Length));
        }
        return allow;
    }

    private static (string Key, string Value)? Read(string line)
    {
        var comment = line.IndexOf('#', StringComparison.Ordinal);
        var rule = comment < 0 ? line : line[..comment];
        var colon = rule.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : (rule[..colon].Trim().ToLowerInvariant(), rule[(colon + 1)..].Trim());
    }

    private void Add(string key, string value)
    {
        if (key == "crawl-delay")
        {
            if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds >= 0 && double.IsFinite(seconds))
                CrawlDelay = seconds;
        }
        else if (value.Length > 0) // an empty one forbids nothing
        {
            _rules.Add((Normal(value), key == "allow"));
        }
    }

    private static string Product(string agent)
    {
        var end = agent.AsSpan().IndexOfAnyExcept(_productLetters);
        return end < 0 ? agent : agent[..end];
    }

    /// <summary>'*' stands for any characters, '$' at the end for the end. Taking each part where it first fits loses no match.</summary>
    private static bool Matches(string pattern, string path)
    {
        var toEnd = pattern.EndsWith('$');
        var parts = (toEnd ? pattern[..^1] : pattern).Split('*');
        if (!path.StartsWith(parts[0], StringComparison.Ordinal))
            return false;
        var at = parts[0].Length;
        for (var i = 1; i < parts.Length - (toEnd ? 1 : 0); i++)
        {
            var found = path.IndexOf(parts[i], at, StringComparison.Ordinal);
            if (found < 0)
                return false;
            at = found + parts[i].Length;
        }
        if (!toEnd)
            return true;
        return parts.Length == 1
            ? at == path.Length
            : path.Length - parts[^1].Length >= at && path.EndsWith(parts[^1], StringComparison.Ordinal);
    }

    /// <summary>Percent-encoded where it must be and nowhere else, so that both sides of a comparison are written alike.</summary>
    private static string Normal(string text)
    {
        var normal = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                if (char.IsAsciiLetterOrDigit((char)octet) || (char)octet is '-' or '.' or '_' or '~')
                    normal.Append((char)octet);
                else
                    normal.Append('%').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
                i += 2;
            }
            else if (char.IsAscii(text[i]))
            {
                normal.Append(text[i]);
            }
            else
            {
                var length = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]) ? 2 : 1;
                normal.Append(Uri.EscapeDataString(text.AsSpan(i, length)));
                i += length - 1;
            }
        }
        return normal.ToString();
    }
}
