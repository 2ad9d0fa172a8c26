namespace Tasklane.Handlers.LogAnalysis;

/// <summary>
/// Finds the template of each line, after the idea of Drain: lines are sorted by their number of tokens and their first token,
/// then join the most similar template there or found one. One pass, bounded memory.
/// </summary>
internal sealed class TemplateMiner
{
    /// <summary>Part of the tokens that must be equal.</summary>
    private const double Similarity = 0.5;

    /// <summary>Lines that would make more are counted together.</summary>
    public const int MaxTemplates = 500;

    private readonly Dictionary<(int Length, string First), List<Template>> _groups = [];
    private readonly List<Template> _all;

    public TemplateMiner(List<Template> known)
    {
        _all = known;
        foreach (var template in known)
            Group(template.Tokens).Add(template);
    }

    /// <summary>The line's template; <paramref name="line"/> is its position, for a new one.</summary>
    public Template Find(List<string> tokens, long line)
    {
        var group = Group(tokens);
        Template? best = null;
        var bestEqual = -1;
        foreach (var template in group)
        {
            var equal = Equal(template.Tokens, tokens);
            if (equal > bestEqual)
                (best, bestEqual) = (template, equal);
        }
        if (best is not null && bestEqual >= Similarity * tokens.Count)
        {
            Merge(best.Tokens, tokens);
            return best;
        }
        if (_all.Count >= MaxTemplates)
            return Other(line);
        return Add(group, tokens, line);
    }

    private Template Add(List<Template> group, List<string> tokens, long line)
    {
        var template = new Template { Tokens = tokens, FirstLine = line };
        group.Add(template);
        _all.Add(template);
        return template;
    }

    /// <summary>The template of all that has no room.</summary>
    private Template Other(long line)
    {
        List<string> tokens = [Masking.Wildcard];
        var group = Group(tokens);
        return group.Count > 0 ? group[0] : Add(group, tokens, line);
    }

    private List<Template> Group(List<string> tokens)
    {
        var key = (tokens.Count, tokens.Count == 0 ? "" : tokens[0]);
        if (!_groups.TryGetValue(key, out var group))
            _groups[key] = group = [];
        return group;
    }

    private static int Equal(List<string> template, List<string> tokens)
    {
        var equal = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            if (template[i] == tokens[i])
                equal++;
        }
        return equal;
    }

    private static void Merge(List<string> template, List<string> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            if (template[i] != tokens[i])
                template[i] = Masking.Wildcard;
        }
    }
}
