using Tasklane.Stores.Sql.Reading;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks.Files;

namespace Tasklane.Stores.Sql;

/// <summary>Files in the same database, written by the same writers.</summary>
/// <param name="clock">Null = the database's own.</param>
internal sealed class SqlFileStore(SqlDatabase database, TimeProvider? clock) : IFileStore
{
    // As in Purging: so many pieces take a writer some milliseconds to delete.
    private const int DroppedAtOnce = 4;

    private const string Columns = "t.id, t.created_by, t.name, t.content_type, t.length, t.size, t.sha256, t.created_at, t.expires_at";

    private static readonly SqlRead ById = new($"select {Columns} from async_files t where t.id = $1");
    private static readonly SqlRead Locked = new($"select {Columns} from async_files t where t.id = $1 {{lock}}");
    private static readonly SqlRead OfOwner = new($"select {Columns} from async_files t where t.created_by = $1 and t.id > $2 order by t.id limit $3");
    private static readonly SqlRead Used = new(
        "select count(*), cast(coalesce(sum(case when length is null or size > length then size else length end), 0) as bigint) from async_files where created_by = $1");
    private static readonly SqlRead Piece = new("select at, bytes from async_file_pieces where id = $1 and at <= $2 order by at desc limit 1");
    private static readonly SqlRead LastPieces = new("select at from async_file_pieces where id = $1 order by at desc limit $2");
    private static readonly SqlRead Expired = new("select id from async_files where expires_at <= $1 order by expires_at limit $2");

    public Task<bool> CreateAsync(StoredFile file, CancellationToken cancellation) => RunAsync(
        transaction =>
        {
            if (Find(transaction, file.Id) is not null) return false;
            Bind(transaction.Session.Write(Writes.NewStoredFile), file).Run();
            return true;
        },
        cancellation);

    public async Task<StoredFile?> GetAsync(string id, string? owner, CancellationToken cancellation)
    {
        var file = await database.Reads.RunAsync(reader => reader.FirstAsync(ById, statement => statement.Text(id), Read), cancellation);
        return file is not null && (owner is null || file.Owner == owner) ? file : null;
    }

    public Task<bool> WriteAsync(string id, long at, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => RunAsync(
        transaction =>
        {
            if (Find(transaction, id) is not { IsComplete: false } file || file.Size < at) return false;
            if (file.Size > at)
            {
                transaction.Session.Write(Writes.DropPieces).Text(id).Int(at).Run();
                transaction.Session.WriteNow();
            }
            transaction.Session.Write(Writes.FilePiece).Text(id).Int(at).Bytes(bytes).Run();
            Bind(transaction.Session.Write(Writes.StoredFile), file with { Size = at + bytes.Length }).Run();
            return true;
        },
        cancellation);

    public Task<bool> CompleteAsync(string id, long size, string sha256, CancellationToken cancellation) => RunAsync(
        transaction =>
        {
            if (Find(transaction, id) is not { } file || file.Size != size) return false;
            Bind(transaction.Session.Write(Writes.StoredFile), file with { Length = size, Sha256 = sha256 }).Run();
            return true;
        },
        cancellation);

    public async Task<FilePiece?> ReadAsync(string id, long at, CancellationToken cancellation)
    {
        var found = await database.Reads.RunAsync(
            reader => reader.FirstAsync(Piece, statement => statement.Text(id).Int(at), row => new FilePiece(row.Int(0), row.Bytes(1))), cancellation);
        return found.Bytes.Length > 0 && at < found.At + found.Bytes.Length ? found : null;
    }

    public async Task<IReadOnlyList<StoredFile>> ListAsync(string owner, string? after, int limit, CancellationToken cancellation) =>
        await database.Reads.RunAsync(reader => reader.ListAsync(OfOwner, statement => statement.Text(owner).Text(after ?? "").Int(limit), Read), cancellation);

    public Task<(long Files, long Bytes)> UsedAsync(string owner, CancellationToken cancellation) =>
        database.Reads.RunAsync(reader => reader.FirstAsync(Used, statement => statement.Text(owner), row => (row.Int(0), row.Int(1))), cancellation);

    public async Task<bool> DeleteAsync(string id, string? owner, CancellationToken cancellation)
    {
        if (await GetAsync(id, owner, cancellation) is null) return false;
        // The row goes last: what is broken off is found expired, and deleted then.
        while (!await RunAsync(transaction => DropSome(transaction, id), cancellation))
        {
        }
        return true;
    }

    public async Task<IReadOnlyList<string>> ListExpiredAsync(int limit, CancellationToken cancellation) => await database.Reads.RunAsync(
        async reader =>
        {
            var now = clock?.GetUtcNow().ToUnixTimeMilliseconds() ?? await reader.FirstAsync(Reads.Clock, _ => { }, row => row.Int(0));
            return await reader.ListAsync(Expired, statement => statement.Int(now).Int(limit), row => row.Text(0));
        },
        cancellation);

    /// <summary>True when nothing is left of the file.</summary>
    private static bool DropSome(TaskTransaction transaction, string id)
    {
        var pieces = new List<long>();
        transaction.Session.Fetch(LastPieces, statement => statement.Text(id).Int(DroppedAtOnce), rows =>
        {
            while (rows.Next())
                pieces.Add(rows.Int(0));
        });
        if (pieces.Count > 0) transaction.Session.Write(Writes.DropPieces).Text(id).Int(pieces[^1]).Run();
        if (pieces.Count == DroppedAtOnce) return false;
        transaction.Session.Write(Writes.DropStoredFile).Text(id).Run();
        return true;
    }

    private static StoredFile? Find(TaskTransaction transaction, string id)
    {
        StoredFile? found = null;
        transaction.Session.Fetch(Locked, statement => statement.Text(id), rows => found = rows.Next() ? Read(rows) : null);
        return found;
    }

    private static StoredFile Read(IRow row) => new(
        row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.IntOrNull(4), row.Int(5), row.TextOrNull(6), TimeOf(row.Int(7)), TimeOf(row.Int(8)));

    private static IStatement Bind(IStatement statement, StoredFile file) => statement
        .Text(file.Id).Text(file.Owner).Text(file.Name).Text(file.ContentType).Int(file.Length).Int(file.Size).Text(file.Sha256)
        .Int(file.CreatedAt.ToUnixTimeMilliseconds()).Int(file.ExpiresAt.ToUnixTimeMilliseconds());

    private static DateTimeOffset TimeOf(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    // What one transaction writes others of the same batch do not see, so each has one of its own.
    private Task<bool> RunAsync(Func<TaskTransaction, bool> transition, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<bool>(transition, [], cancellation) { IsAlone = true });
}
