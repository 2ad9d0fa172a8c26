using System.Buffers;
using System.Text.Json;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.Crawling;

/// <summary>How far a crawl is: what is to be visited, what came of what was, and the file's part that is not yet written.</summary>
internal sealed class Crawl(Frontier frontier, ITaskRun run)
{
    private const int MostPagesUnsaved = 25;
    private const int MostBytesUnsaved = 512 * 1024;
    private const int ChunkBytes = 1024 * 1024;
    private static readonly TimeSpan _longestUnsaved = TimeSpan.FromSeconds(5);

    private readonly ArrayBufferWriter<byte> _lines = new();
    private long _savedAt = run.Time.GetTimestamp();
    private int _unsaved;
    private int _chunks;
    private long _bytes;
    private int _failed;
    private int _skipped;
    private CrawlProblem? _firstProblem;

    public Frontier Frontier => frontier;

    /// <summary>With their ports: those that the crawl began at.</summary>
    public HashSet<string> Hosts { get; private init; } = new(StringComparer.OrdinalIgnoreCase);

    public static Crawl From(CrawlCheckpoint saved, CrawlPayload payload, ITaskRun run) => new(Frontier.Unpack(saved.Frontier!, payload.MaxPages), run)
    {
        Hosts = new HashSet<string>(saved.Hosts ?? [], StringComparer.OrdinalIgnoreCase),
        _chunks = saved.Chunks,
        _bytes = saved.Bytes,
        _failed = saved.Failed,
        _skipped = saved.Skipped,
        _firstProblem = saved.FirstProblem,
    };

    /// <summary>Adds a page's line to the file.</summary>
    public async Task AddAsync(CrawledPage page)
    {
        using (var json = new Utf8JsonWriter(_lines))
            JsonSerializer.Serialize(json, page, HandlerJson.Results);
        _lines.Write("\n"u8);
        if (page.IsFailure)
        {
            _failed++;
            var problem = page.Error ?? new CrawlProblem("http_status", $"status {page.Status}");
            _firstProblem ??= problem;
            run.Log(TaskLogLevel.Warning, $"{page.Url}: {problem.Message}");
        }
        _unsaved++;
        if (_unsaved >= MostPagesUnsaved || _lines.WrittenCount >= MostBytesUnsaved || run.Time.GetElapsedTime(_savedAt) >= _longestUnsaved)
            await SaveAsync();
    }

    /// <summary>Notes an address that robots.txt forbids.</summary>
    public void Skip(Uri url)
    {
        _skipped++;
        run.Log(TaskLogLevel.Info, $"{url}: robots.txt forbids it.");
    }

    /// <summary>Writes what is unwritten, and saves where to go on.</summary>
    public async Task SaveAsync()
    {
        for (var lines = _lines.WrittenMemory; lines.Length > 0;)
        {
            var chunk = lines[..Math.Min(lines.Length, ChunkBytes)];
            await run.WriteFileChunkAsync(_chunks++, chunk);
            _bytes += chunk.Length;
            lines = lines[chunk.Length..];
        }
        _lines.ResetWrittenCount();
        var before = frontier.GivenUp;
        var packed = frontier.Pack();
        if (frontier.GivenUp > before)
            run.Log(TaskLogLevel.Warning, $"{frontier.GivenUp - before} addresses found last are given up: more of this length cannot be kept.");
        await run.SaveCheckpointAsync(new CrawlCheckpoint(packed, [.. Hosts], _chunks, _bytes, _failed, _skipped, _firstProblem));
        (_unsaved, _savedAt) = (0, run.Time.GetTimestamp());
    }

    /// <exception cref="TaskFailedException">No page could be had; another attempt begins anew.</exception>
    public async Task<CrawlResult> EndAsync()
    {
        await SaveAsync();
        var pages = frontier.Taken - _skipped;
        if (pages > 0 && _failed == pages)
        {
            await run.SaveCheckpointAsync(new CrawlCheckpoint());
            throw new TaskFailedException("crawl_nothing_fetched", $"None of {pages} pages could be had; the first: {_firstProblem!.Message}", details: _firstProblem);
        }
        run.Log(TaskLogLevel.Info, $"{pages} pages, {_failed} of them failed, {_skipped} forbidden by robots.txt.");
        var name = $"pages-{run.Task.CreatedAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.ndjson";
        return new CrawlResult(pages, _failed, _skipped, frontier.GivenUp, new TaskFile(name, "application/x-ndjson", _bytes));
    }
}

/// <summary>Where a crawl goes on: all chunks before are written.</summary>
/// <param name="Frontier">See <see cref="Crawling.Frontier.Pack"/>; null = from the beginning.</param>
internal sealed record CrawlCheckpoint(
    byte[]? Frontier = null, IReadOnlyList<string>? Hosts = null, int Chunks = 0, long Bytes = 0, int Failed = 0, int Skipped = 0, CrawlProblem? FirstProblem = null);
