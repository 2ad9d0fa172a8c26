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

    // GBK, Shift JIS and the others that .NET knows only when told.
    static PageReader() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    public static async Task<PageContent> ReadAsync(OutboundAnswer answer, CancellationToken cancellation)
    {
        var type = answer.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        if (type == "text/plain")
            return PageContent.None with { Text = Characters.Cut(Encoding.UTF8.GetString(answer.Body), MostText) };
        if (type is not ("text/html" or "application/xhtml+xml"))
            return PageContent.None;
        using var context = BrowsingContext.New(Configuration.Default);
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

    /// <summary>Step by step and not by recursion: a page may be nested as deeply as it is long.</summary>
    private static string TextOf(INode body)
    {
        var text = new StringBuilder();
        for (INode? node = body; node is not null && text.Length < MostText;)
        {
            if (node is IText piece)
                Append(text, piece.Data);
            node = node is IHtmlScriptElement or IHtmlStyleElement or IHtmlTemplateElement ? Next(node, body) : node.FirstChild ?? Next(node, body);
        }
        return Characters.Cut(text.ToString(), MostText).TrimEnd();
    }

    private static INode? Next(INode node, INode root)
    {
        for (var at = node; at != root; at = at.Parent!)
        {
            if (at.NextSibling is { } sibling)
                return sibling;
        }
        return null;
    }

    private static void Append(StringBuilder text, string piece)
    {
        var words = piece.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (piece.Length > 0 && char.IsWhiteSpace(piece[0]))
            Space(text);
        text.AppendJoin(' ', words);
        if (words.Length > 0 && char.IsWhiteSpace(piece[^1]))
            Space(text);
    }

    private static void Space(StringBuilder text)
    {
        if (text.Length > 0 && text[^1] != ' ')
            text.Append(' ');
    }
}
