namespace Tasklane.Tasks.Files;

/// <summary>A stored file as a stream, from wherever it is moved to; one piece of it is in memory at a time.</summary>
internal sealed class FileStream(IFileStore store, string id, long length) : Stream
{
    private FilePiece _piece;
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
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= length || buffer.IsEmpty)
            return 0;
        if (_position < _piece.At || _position >= _piece.At + _piece.Bytes.Length)
            _piece = await store.ReadAsync(id, _position, cancellationToken) ?? throw new IOException($"The file {id} is gone from byte {_position} on.");
        var rest = _piece.Bytes[(int)(_position - _piece.At)..];
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
