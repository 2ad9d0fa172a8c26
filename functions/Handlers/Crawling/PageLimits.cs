using AngleSharp;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Tasklane.Tasks.Handling;

namespace Tasklane.Handlers.Crawling;

/// <summary>
/// Ends the parsing of a page that is built to be slow or large. For each element the parser looks through those that are open: 200,000
/// within each other keep it busy for many minutes. And it opens unclosed &lt;b&gt;s anew in each block: 15 KB become 400,000 elements.
/// </summary>
internal sealed class PageLimits
{
    private const int Deepest = 256;
    private const int MostMegabytes = 256;

    private INode? _before; // by now it has its place; the new one has not yet
    private long _allocated;
    private long _counted;
    private int _thread = -1;

    private PageLimits()
    {
    }

    public static IHtmlParser Parser(IBrowsingContext context)
    {
        var limits = new PageLimits();
        return new HtmlParser(new HtmlParserOptions { OnCreated = (element, _) => limits.Check(element) }, context);
    }

    private void Check(INode element)
    {
        var depth = 0;
        for (var node = _before; node is not null && depth <= Deepest; node = node.Parent)
            depth++;
        _before = element;
        if (depth > Deepest)
            throw TooComplex($"it has more than {Deepest} elements within each other");
        // The elements that the parser adds by itself are not told; what they take is.
        var counted = GC.GetAllocatedBytesForCurrentThread();
        if (_thread == Environment.CurrentManagedThreadId)
            _allocated += counted - _counted;
        (_thread, _counted) = (Environment.CurrentManagedThreadId, counted);
        if (_allocated > MostMegabytes * 1024L * 1024)
            throw TooComplex($"reading it takes more than {MostMegabytes} MiB");
    }

    private static TaskFailedException TooComplex(string why) => new("page_too_complex", $"The page is left out: {why}.", retry: false);
}
