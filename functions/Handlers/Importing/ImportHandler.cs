using System.Buffers;
using System.Text;
using Microsoft.Extensions.Options;
using Tasklane.Tasks;
using Tasklane.Tasks.Files;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.Importing;

/// <summary>
/// Reads a file of any length row by row. Good rows go into the task's file, bad ones into a file of their own; what has been written is followed
/// by a checkpoint that says at which byte the next row begins, so a crash costs a few thousand rows at most, and none is there twice.
/// </summary>
[TaskType("import", Description = "Reads rows from a CSV or NDJSON file, checks them, and tells which are bad and why.")]
public sealed class ImportHandler(FileService files, IFileStore store, DroppedBlobs blobs, IOptions<TasklaneOptions> options) : ITaskHandler<ImportPayload>
{
    private const int ChunkBytes = 512 * 1024;
    private const int FirstBadRows = 20;
    private static ReadOnlySpan<byte> BadHeader => "line,column,value,reason\r\n"u8;

    public async Task<Outcome> RunAsync(ImportPayload payload, ITaskRun run)
    {
        var at = run.GetCheckpoint<ImportCheckpoint>() ?? new ImportCheckpoint();
        var (stream, name, length) = await OpenAsync(payload, at.Position, run);
        await using var opened = stream;
        var format = payload.Format ?? FormatOf(name);
        if (at.Position == 0)
            at.Position = await SkipMarkAsync(stream, run.Cancellation);
        var rows = new RecordReader(stream, at.Position, at.Line, hasQuotes: format == ImportFormat.Csv);
        var converter = new RowConverter(payload, format);
        converter.GoOnWith(at.Header, at.Delimiter);
        rows.Delimiter = at.Header.Count > 0 ? at.Delimiter : payload.Delimiter?[0];
        var (good, bad, scratch) = (new ArrayBufferWriter<byte>(2 * ChunkBytes), new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());

        for (var isDone = false; !isDone;)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            if (await rows.ReadAsync(run.Cancellation) is not { } record)
                isDone = true;
            else if (converter.NeedsHeader)
                rows.Delimiter = converter.ReadHeader(record);
            else
                Take(converter.Convert(record, good, scratch), at, bad);

            var isTooBad = at.Bad > payload.MaxBadRows;
            var isFull = good.WrittenCount >= ChunkBytes || bad.WrittenCount >= ChunkBytes;
            if (!isFull && !isDone && !isTooBad)
                continue;
            var sliceIsOver = run.SliceIsOver;
            (at.Position, at.Line, (at.Header, at.Delimiter)) = (rows.Position, rows.Line, converter.Header);
            await FlushAsync(at, good, bad, run);
            run.ReportProgress(at.Position, length, $"{at.Rows} rows, {at.Bad} bad");
            if (isTooBad)
                throw await TooBadAsync(at, run);
            if (sliceIsOver && !isDone)
                return Outcome.Continue;
        }

        await CompleteBadAsync(at, run);
        run.Log(at.Bad == 0 ? TaskLogLevel.Info : TaskLogLevel.Warning, $"{at.Rows} rows, {at.Bad} of them bad.");
        var file = new TaskFile($"{Path.GetFileNameWithoutExtension(name)}.ndjson", "application/x-ndjson", at.Bytes);
        return Outcome.Completed(new ImportResult(at.Rows, at.Rows - at.Bad, at.Bad, at.FirstBad, at.Bad == 0 ? null : BadFileOf(run), file));
    }

    private static void Take(BadRow? wrong, ImportCheckpoint at, ArrayBufferWriter<byte> bad)
    {
        at.Rows++;
        if (wrong is null)
            return;
        if (at.Bad == 0)
            bad.Write(BadHeader);
        at.Bad++;
        if (at.FirstBad.Count < FirstBadRows)
            at.FirstBad.Add(wrong);
        bad.Write(Encoding.UTF8.GetBytes(wrong.ToCsv()));
    }

    private async Task<(Stream Stream, string Name, long Length)> OpenAsync(ImportPayload payload, long position, ITaskRun run)
    {
        if (payload.Blob is { } blob)
            return (await blobs.OpenAsync(blob, position, run.Cancellation), blob.Name, blob.Length);
        try
        {
            var file = await files.GetAsync(payload.File!, run.Task.CreatedBy, run.Cancellation);
            var stream = files.Open(file);
            stream.Position = position;
            return (stream, file.Name, file.Size);
        }
        catch (InvalidRequestException missing)
        {
            throw new TaskFailedException(missing.Code, missing.Message, retry: false);
        }
    }

    private static ImportFormat FormatOf(string name) =>
        Path.GetExtension(name).ToUpperInvariant() is ".NDJSON" or ".JSONL" or ".JSON" ? ImportFormat.Ndjson : ImportFormat.Csv;

    /// <summary>Where the rows begin: behind the mark that says UTF-8.</summary>
    private static async Task<long> SkipMarkAsync(Stream stream, CancellationToken cancellation)
    {
        var mark = new byte[3];
        var read = await stream.ReadAtLeastAsync(mark, mark.Length, throwOnEndOfStream: false, cancellation);
        if (read >= 2 && (mark[0], mark[1]) is (0xFF, 0xFE) or (0xFE, 0xFF))
            throw new TaskFailedException("not_utf8", "The file is UTF-16. Save it as UTF-8.", retry: false);
        var begin = mark.AsSpan(0, read).SequenceEqual("\uFEFF"u8) ? 3 : 0;
        stream.Position = begin;
        return begin;
    }

    private async Task FlushAsync(ImportCheckpoint at, ArrayBufferWriter<byte> good, ArrayBufferWriter<byte> bad, ITaskRun run)
    {
        for (var bytes = good.WrittenMemory; bytes.Length > 0;)
        {
            var chunk = bytes[..Math.Min(bytes.Length, 2 * ChunkBytes)];
            await run.WriteFileChunkAsync(at.Chunks++, chunk);
            at.Bytes += chunk.Length;
            bytes = bytes[chunk.Length..];
        }
        if (bad.WrittenCount > 0)
        {
            if (at.BadBytes == 0)
            {
                var now = run.Time.GetUtcNow();
                await store.CreateAsync(
                    new StoredFile(BadFileOf(run), run.Task.CreatedBy, "bad-rows.csv", "text/csv", null, 0, null, now, now.AddHours(options.Value.Files.KeepHours)), run.Cancellation);
            }
            for (var bytes = bad.WrittenMemory; bytes.Length > 0; bytes = bytes[Math.Min(bytes.Length, 2 * ChunkBytes)..])
            {
                var piece = bytes[..Math.Min(bytes.Length, 2 * ChunkBytes)];
                await store.WriteAsync(BadFileOf(run), at.BadBytes, piece, run.Cancellation);
                at.BadBytes += piece.Length;
            }
        }
        good.ResetWrittenCount();
        bad.ResetWrittenCount();
        await run.SaveCheckpointAsync(at);
    }

    private async Task CompleteBadAsync(ImportCheckpoint at, ITaskRun run)
    {
        if (at.Bad == 0)
            return;
        if (await store.GetAsync(BadFileOf(run), null, run.Cancellation) is { IsComplete: false } file)
            await files.AppendAsync(file with { Length = at.BadBytes }, at.BadBytes, Stream.Null, null, run.Cancellation);
    }

    private async Task<TaskFailedException> TooBadAsync(ImportCheckpoint at, ITaskRun run)
    {
        await CompleteBadAsync(at, run);
        return new TaskFailedException(
            "too_many_bad_rows", $"{at.Bad} of the first {at.Rows} rows are bad, the last of them in line {at.Line - 1}. All of them are in a file: GET /api/files/{BadFileOf(run)}/content.",
            retry: false, details: new { at.Rows, at.Bad, at.FirstBad, BadRowsFile = BadFileOf(run) });
    }

    /// <summary>One for each run of the task; always the same.</summary>
    private static string BadFileOf(ITaskRun run) => TaskIds.ChildOf(run.Task.Id, run.Task.Run);

    /// <summary>Where to go on: all that came before is written.</summary>
    internal sealed record ImportCheckpoint
    {
        public long Position { get; set; }
        public long Line { get; set; } = 1;
        public IReadOnlyList<string> Header { get; set; } = [];
        public char Delimiter { get; set; } = ',';
        public int Chunks { get; set; }
        public long Bytes { get; set; }
        public long Rows { get; set; }
        public long Bad { get; set; }
        public long BadBytes { get; set; }
        public List<BadRow> FirstBad { get; set; } = [];
    }
}
