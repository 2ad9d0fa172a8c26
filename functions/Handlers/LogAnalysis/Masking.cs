namespace Tasklane.Handlers.LogAnalysis;

/// <summary>Splits a message into tokens and masks what differs from one occurrence to the next: numbers, ids, addresses, quoted values.</summary>
internal static class Masking
{
    public const string Wildcard = "<*>";

    /// <summary>Tokens beyond are one: what is at the end of a long line rarely tells lines apart.</summary>
    private const int MaxTokens = 40;
    private const int MaxTokenLength = 64;

    public static List<string> Tokens(ReadOnlySpan<char> message)
    {
        var tokens = new List<string>(16);
        while (tokens.Count < MaxTokens)
        {
            message = message.TrimStart();
            if (message.IsEmpty)
                return tokens;
            var end = EndOfToken(message);
            tokens.Add(Mask(message[..end]));
            message = message[end..];
        }
        tokens.Add(Wildcard);
        return tokens;
    }

    /// <summary>A quoted value is one token, spaces and all.</summary>
    private static int EndOfToken(ReadOnlySpan<char> text)
    {
        var quote = text.IndexOfAny('"', '\'');
        var space = text.IndexOfAny(' ', '\t', '\n');
        if (space < 0)
            return text.Length;
        // An apostrophe inside a word opens nothing.
        if (quote >= 0 && quote < space && (quote == 0 || text[quote - 1] is '=' or '(' or '[' or ':' or ','))
        {
            var close = text[(quote + 1)..].IndexOf(text[quote]);
            if (close >= 0)
            {
                var after = quote + close + 2;
                var next = text[after..].IndexOfAny(' ', '\t', '\n');
                return next < 0 ? text.Length : after + next;
            }
        }
        return space;
    }

    private static string Mask(ReadOnlySpan<char> token)
    {
        // key=value keeps its key: it tells more than the value.
        var equals = token.IndexOf('=');
        if (equals > 0 && equals < token.Length - 1 && !token[..equals].ContainsAnyInRange('0', '9'))
            return $"{token[..equals]}={MaskValue(token[(equals + 1)..], isField: true)}";
        return MaskValue(token, isField: false);
    }

    private static string MaskValue(ReadOnlySpan<char> value, bool isField)
    {
        var core = value.Trim("()[]{},;:.!?");
        if (core.Length > 1 && core[0] is '"' or '\'')
            return Around(value, core, Wildcard);
        // Whatever holds a digit varies: counts, times, addresses, hexadecimal ids, paths with ids in them.
        if (core.ContainsAnyInRange('0', '9'))
            return Around(value, core, Wildcard);
        if (isField && core.Length > 24)
            return Wildcard;
        return value.Length <= MaxTokenLength ? value.ToString() : Wildcard;
    }

    private static string Around(ReadOnlySpan<char> value, ReadOnlySpan<char> core, string mask)
    {
        value.Overlaps(core, out var start);
        return string.Concat(value[..start], mask, value[(start + core.Length)..]);
    }
}
