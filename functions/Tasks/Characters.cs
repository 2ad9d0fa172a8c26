namespace Tasklane.Tasks;

/// <summary>Texts counted as people and JSON Schema count them: an emoji is one character, though .NET keeps it as two.</summary>
internal static class Characters
{
    public static int Count(string text)
    {
        var count = text.Length;
        for (var i = 1; i < text.Length; i++)
        {
            if (char.IsLowSurrogate(text[i]) && char.IsHighSurrogate(text[i - 1]))
                count--;
        }
        return count;
    }

    /// <summary>Whether a text has neither control characters nor halves of surrogate pairs.</summary>
    public static bool AreVisible(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]))
                return false;
            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
                return false;
        }
        return true;
    }

    /// <summary>At most so many units of UTF-16, and never half a character, which neither JSON nor a database can hold.</summary>
    public static string Cut(string text, int most) => text.Length <= most ? text : text[..End(text, most)];

    /// <summary>For messages.</summary>
    public static string Shorten(string text) => text.Length <= 64 ? text : string.Concat(text.AsSpan(0, End(text, 64)), "…");

    private static int End(string text, int most) => most > 0 && char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
}
