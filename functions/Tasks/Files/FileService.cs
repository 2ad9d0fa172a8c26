using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Files;

/// <summary>Takes files in, a piece at a time, and hands them out.</summary>
public sealed class FileService(IFileStore store, IOptions<TasklaneOptions> options, TimeProvider time)
{
    private const int PieceBytes = 512 * 1024;
    private const int MaxNameLength = 200;

    private FileOptions Limits => options.Value.Files;

    /// <summary>Makes a file without bytes, or finds the one that the same request under the same key has made.</summary>
    /// <param name="length">How many bytes it will have, where they come in several requests.</param>
    /// <param name="key">The client's idempotency key.</param>
    public async Task<StoredFile> CreateAsync(Caller caller, string name, string contentType, long? length, string? key, CancellationToken cancellation)
    {
        if (Characters.Count(name) is 0 or > MaxNameLength || !Characters.AreVisible(name) || name.AsSpan().IndexOfAny('/', '\\') >= 0)
            throw InvalidRequestException.OfFields(RequestErrors.InvalidQuery, [new FieldError("name", FieldErrors.Length, 1, MaxNameLength, Characters.Shorten(name))]);
        if (key is not null && RequestKey.Problem(key) is { } problem)
            throw InvalidRequestException.OfFields(RequestErrors.InvalidField, [problem]);
        if (length > Limits.MaxBytes)
            throw new InvalidRequestException(RequestErrors.FileTooLarge, Limits.MaxBytes);

        var now = time.GetUtcNow();
        var file = new StoredFile(
            key is null ? TaskIds.New(now) : IdOf(caller.Id, key), caller.Id, name, contentType, length, 0, null, now, now.AddHours(Limits.KeepHours));
        var used = await store.UsedAsync(caller.Id, cancellation);
        if (key is not null && await store.GetAsync(file.Id, caller.Id, cancellation) is { } former)
            return Same(former, file);
        if (used.Files >= Limits.MaxPerUser || (Limits.MaxBytesPerUser > 0 && used.Bytes + (length ?? 0) > Limits.MaxBytesPerUser))
            throw new InvalidRequestException(RequestErrors.FilesFull, Limits.MaxPerUser, Limits.MaxBytesPerUser);
        if (await store.CreateAsync(file, cancellation))
            return file;
        return Same(await GetAsync(file.Id, caller.Id, cancellation), file);
    }

    /// <summary>A file of the owner's (null = anybody's); throws <see cref="RequestErrors.UploadNotFound"/>.</summary>
    public async Task<StoredFile> GetAsync(string id, string? owner, CancellationToken cancellation) =>
        (TaskIds.IsWellFormed(id) ? await store.GetAsync(id, owner, cancellation) : null) ?? throw new InvalidRequestException(RequestErrors.UploadNotFound);

    /// <summary>
    /// Writes what a stream brings behind the first <paramref name="offset"/> bytes; what was there before is replaced. The file is complete when it
    /// has its length, or, where that was not known, at the stream's end. What came of a stream that broke off stays, and can be gone on from.
    /// </summary>
    /// <param name="sha256">What the whole must have; null = whatever it has.</param>
    public async Task<StoredFile> AppendAsync(StoredFile file, long offset, Stream body, string? sha256, CancellationToken cancellation)
    {
        if (file.IsComplete)
            throw new InvalidRequestException(RequestErrors.FileComplete);
        if (offset > file.Size)
            throw new InvalidRequestException(RequestErrors.OffsetMismatch, file.Size);
        var most = Math.Min(file.Length ?? long.MaxValue, Limits.MaxBytes);
        using var hash = offset == 0 ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            int read;
            while ((read = await ReadPieceAsync(body, buffer, cancellation)) > 0)
            {
                if (offset + read > most)
                    throw file.Length is null ? new InvalidRequestException(RequestErrors.FileTooLarge, Limits.MaxBytes) : new InvalidRequestException(RequestErrors.FileTooLong, file.Length);
                if (!await store.WriteAsync(file.Id, offset, buffer.AsMemory(0, read), cancellation))
                    throw new InvalidRequestException(RequestErrors.OffsetMismatch, (await GetAsync(file.Id, file.Owner, cancellation)).Size);
                hash?.AppendData(buffer, 0, read);
                offset += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (file.Length is { } length && offset < length)
            return file with { Size = offset };

        var found = Convert.ToHexStringLower(hash?.GetHashAndReset() ?? await HashAsync(file with { Size = offset }, cancellation));
        if (sha256 is not null && !sha256.Equals(found, StringComparison.OrdinalIgnoreCase))
        {
            await store.DeleteAsync(file.Id, null, cancellation);
            throw new InvalidRequestException(RequestErrors.DigestMismatch, found, Characters.Shorten(sha256));
        }
        return await store.CompleteAsync(file.Id, offset, found, cancellation)
            ? file with { Length = offset, Size = offset, Sha256 = found }
            : throw new InvalidRequestException(RequestErrors.OffsetMismatch, (await GetAsync(file.Id, file.Owner, cancellation)).Size);
    }

    /// <summary>The bytes of a complete file, from wherever the stream is moved to; throws <see cref="RequestErrors.FileIncomplete"/>.</summary>
    public Stream Open(StoredFile file) =>
        file.IsComplete ? new FileStream(store, file.Id, file.Size) : throw new InvalidRequestException(RequestErrors.FileIncomplete, file.Size, file.Length ?? 0);

    /// <summary>Deletes files whose time is over.</summary>
    public async Task DropExpiredAsync(CancellationToken cancellation)
    {
        const int AtOnce = 50;
        while (await store.ListExpiredAsync(AtOnce, cancellation) is { Count: > 0 } expired)
        {
            foreach (var id in expired)
                await store.DeleteAsync(id, null, cancellation);
        }
    }

    private static StoredFile Same(StoredFile former, StoredFile asked) =>
        former.Name == asked.Name && former.ContentType == asked.ContentType && (former.IsComplete ? asked.Length is null || asked.Length == former.Length : former.Length == asked.Length)
            ? former
            : throw new InvalidRequestException(TaskErrors.IdempotencyConflict);

    /// <summary>Nobody can guess it who does not know the key, and nobody else's request has it.</summary>
    private static string IdOf(string user, string key) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"file\n{user.Length}\n{user}\n{key}")).AsSpan(0, 16));

    private static async Task<int> ReadPieceAsync(Stream body, byte[] buffer, CancellationToken cancellation)
    {
        var length = 0;
        try
        {
            while (length < PieceBytes && await body.ReadAsync(buffer.AsMemory(length, PieceBytes - length), cancellation) is > 0 and var read)
                length += read;
        }
        catch (IOException) when (length > 0)
        {
            // What has come is kept; the next read says that no more does.
        }
        return length;
    }

    private async Task<byte[]> HashAsync(StoredFile file, CancellationToken cancellation)
    {
        await using var whole = new FileStream(store, file.Id, file.Size);
        return await SHA256.HashDataAsync(whole, cancellation);
    }
}
