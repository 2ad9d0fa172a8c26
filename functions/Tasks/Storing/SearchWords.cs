using System.Text.Json;

namespace Tasklane.Tasks.Storing;

/// <summary>The words by which a task is found, the same for every store: its type, its tags, and the string values of its payload.</summary>
public static class SearchWords
{
    /// <summary>At most this many words of a task are indexed.</summary>
    public const int MaxWords = 16;

    /// <summary>Longer words are cut.</summary>
    public const int MaxLength = 32;

    private const string NoTaskHas = " ";

    /// <summary>Distinct words in lower case, the type's first.</summary>
    public static IReadOnlyList<string> Of(NewTask task)
    {
        var words = new List<string>(4);
        AddText(words, task.Type);
        foreach (var tag in task.Tags)
            AddText(words, tag);
        if (words.Count < MaxWords)
        {
            var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(task.Payload));
            while (words.Count < MaxWords && reader.Read())
            {
                if (reader.TokenType == JsonTokenType.String)
                    AddText(words, reader.GetString()!);
            }
        }
        return words;
    }

    /// <summary>
    /// The words that a search asks for; none when there is no search. A text without any asks for one that no task has: it finds
    /// nothing, where a filter that is left out would find everything.
    /// </summary>
    public static IReadOnlyList<string> OfSearch(string? text) =>
        text is null ? [] : OfText(text) is { Count: > 0 } words ? words : [NoTaskHas];

    /// <summary>How many words a search text has, also beyond <see cref="MaxWords"/>, which a search would ignore.</summary>
    public static int Count(string text)
    {
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsLetterOrDigit(text[i]) && (i == 0 || !char.IsLetterOrDigit(text[i - 1])))
                count++;
        }
        return count;
    }

    /// <summary>The words of a text, in lower case, at most <see cref="MaxWords"/>.</summary>
    public static IReadOnlyList<string> OfText(string text)
    {
        var words = new List<string>();
        AddText(words, text);
        return words;
    }

    private static void AddText(List<string> words, string text)
    {
        var start = -1;
        for (var i = 0; i <= text.Length && words.Count < MaxWords; i++)
        {
            var inside = i < text.Length && char.IsLetterOrDigit(text[i]);
            if (inside && start < 0)
            {
                start = i;
            }
            else if (!inside && start >= 0)
            {
                Add(words, text[start..i]);
                start = -1;
            }
        }
    }

    private static void Add(List<string> words, string word)
    {
        word = (word.Length > MaxLength ? word[..MaxLength] : word).ToLowerInvariant();
        if (words.Count < MaxWords && !words.Contains(word))
            words.Add(word);
    }
}
