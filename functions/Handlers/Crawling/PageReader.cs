using System.Collections.Frozen;
using System.Text;
using AngleSharp;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using Tasklane.Handlers.Outbound;
using Tasklane.Tasks;

namespace Tasklane.Handlers.Crawling;

/// <param name="MayFollow">The page does not ask crawlers to leave its links alone.</param>
internal sealed record PageContent(string? Title, string? Text, IReadOnlyList<Uri> Links, bool MayFollow)
{
    public static PageContent None { get; } = new(null, null, [], true);
}

/// <summary>Finds title, text and links of a page. Nothing of it is run or loaded.</summary>
internal static class PageReader
{
    private const int MostText = 100_000;
    private const int MostTitle = 500;
    private const int MostLinks = 1000;

    /// <summary>Elements within a line; around the others the line ends.</summary>
    private static readonly FrozenSet<string> _inline = new[]
    {
        "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "dfn", "em", "font", "i", "kbd", "mark", "q", "s", "samp", "small", "span", "strong",
        "sub", "sup", "time", "u", "var", "wbr",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // GBK, Shift JIS and the others that .NET knows only when told.
    static PageReader() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <exception cref="Tasks.Handling.TaskFailedException">See <see cref="PageLimits"/>.</exception>
    public static async Task<PageContent> ReadAsync(OutboundAnswer answer, CancellationToken cancellation)
    {
        var type = answer.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        if (type == "text/plain")
            return PageContent.None with { Text = Characters.Cut(Encoding.UTF8.GetString(answer.Body), MostText) };
        if (type is not ("text/html" or "application/xhtml+xml"))
            return PageContent.None;
        using var context = BrowsingContext.New(Configuration.Default.WithOnly(PageLimits.Parser));
        using var page = await context.OpenAsync(
            response => response.Content(new MemoryStream(answer.Body), shouldDispose: true).Header("Content-Type", answer.ContentType!.Replace("application/xhtml+xml", "text/html", StringComparison.OrdinalIgnoreCase)).Address(answer.Url.AbsoluteUri),
            cancellation);
        return new PageContent(
            page.Title is { Length: > 0 } title ? Characters.Cut(title, MostTitle) : null,
            page.Body is { } body ? TextOf(body) : "",
            [.. LinksOf(page).Distinct().Take(MostLinks)],
            !page.QuerySelectorAll("meta[name=robots i]").Any(meta => meta.GetAttribute("content")?.Contains("nofollow", StringComparison.OrdinalIgnoreCase) == true));
    }

    private static IEnumerable<Uri> LinksOf(IDocument page) =>
        from anchor in page.QuerySelectorAll("a[href], area[href]")
        where anchor.GetAttribute("rel")?.Contains("nofollow", StringComparison.OrdinalIgnoreCase) != true
        let link = LinkOf(((IUrlUtilities)anchor).Href)
        where link is not null
        select link;

    private static Uri? LinkOf(string href) =>
        OutboundUrl.TryRead(href, out var url, out _) ? url.Fragment.Length == 0 ? url : new Uri(url.GetLeftPart(UriPartial.Query)) : null;

    /// <summary>The words that a reader sees, with a space between them, and wherever a paragraph, a cell or the like begins or ends.</summary>
    private static string TextOf(INode body)
    {
        var text = new StringBuilder();
        Add(body);
        return Characters.Cut(text.ToString(), MostText).TrimEnd();

        void Add(INode node)
        {
            if (node is IText piece)
                Append(text, piece.Data);
            if (node is IHtmlScriptElement or IHtmlStyleElement or IHtmlTemplateElement || text.Length >= MostText)
                return;
            var isBlock = node is IElement && !_inline.Contains(node.NodeName);
            if (isBlock)
                Space(text);
            foreach (var child in node.ChildNodes)
                Add(child);
            if (isBlock)
                Space(text);
        }
    }

    private static void Append(StringBuilder text, string piece)
    {
        if (piece.Length == 0)
            return;
        if (char.IsWhiteSpace(piece[0]))
            Space(text);
        text.AppendJoin(' ', piece.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (char.IsWhiteSpace(piece[^1]))
            Space(text);
    }

    private static void Space(StringBuilder text)
    {
        if (text.Length > 0 && text[^1] != ' ')
            text.Append(' ');
    }
}
