using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>
/// The chunks of a task's file as a stream to be read once, from wherever it was moved to. Chunks have no places of their own, so
/// those before that place are read too. A chunk that is missing cuts the reading off, so that half a file does not look whole.
/// </summary>
internal sealed class ChunkStream(ITaskStore store, string id, long length, byte[] first) : Stream
{
    private int _index;
    private ReadOnlyMemory<byte> _chunk = first;
    private long _chunkStart;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, _position);
            _position = value;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= length || buffer.IsEmpty)
            return 0;
        while (_position >= _chunkStart + _chunk.Length)
        {
            _chunkStart += _chunk.Length;
            _chunk = await store.ReadFileChunkAsync(id, ++_index, cancellationToken) is { Length: > 0 } next
                ? next
                : throw new IOException($"Chunk {_index} of task {id}'s file is gone.");
        }
        var rest = _chunk[(int)(_position - _chunkStart)..];
        var count = (int)Math.Min(Math.Min(rest.Length, buffer.Length), length - _position);
        rest[..count].CopyTo(buffer);
        _position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => length + offset,
    };

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A store is read asynchronously.");

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
