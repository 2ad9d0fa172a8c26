using System.Globalization;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Stores.Sql.Transitions;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql;

/// <summary>Log lines in the same database, written by the same writers. An id is the line's number.</summary>
internal sealed class SqlLogLineStore(SqlDatabase database) : ILogLineStore
{
    private const string Columns = "id, at, level, service, message";

    private static readonly SqlRead ById = new($"select {Columns} from async_log_lines where created_by = $1 and id {{any:2}}");
    private static readonly SqlRead After = new($"select {Columns} from async_log_lines where created_by = $1 and id > $2 order by id limit $3");

    public Task<IReadOnlyList<string>> AppendAsync(string owner, IReadOnlyList<StoredLine> lines, RequestKey? key, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<IReadOnlyList<string>>(transaction => Append(transaction, owner, lines, key), [], cancellation) { Key = key });

    public async Task<IReadOnlyList<StoredLine>> ReadAsync(string owner, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var numbers = ids.Select(NumberOf).OfType<long>().Distinct().ToArray();
        var found = await database.Reads.RunAsync(reader => reader.ListAsync(ById, statement => statement.Text(owner).Ints(numbers), Read), cancellation);
        var byId = found.ToDictionary(line => line.Id, StringComparer.Ordinal);
        return [.. ids.Select(id => byId.GetValueOrDefault(id)).OfType<StoredLine>()];
    }

    public async Task<IReadOnlyList<StoredLine>> PageAsync(string owner, string? after, int limit, CancellationToken cancellation)
    {
        var from = after is null ? 0 : NumberOf(after) ?? 0;
        return await database.Reads.RunAsync(
            reader => reader.ListAsync(After, statement => statement.Text(owner).Int(from).Int(limit), Read), cancellation);
    }

    public Task<int> PurgeLinesAsync(DateTimeOffset storedBefore, int limit, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<int>(transaction => transaction.PurgeLines(storedBefore, limit), [], cancellation) { IsAlone = true });

    private static IReadOnlyList<string> Append(TaskTransaction transaction, string owner, IReadOnlyList<StoredLine> lines, RequestKey? key)
    {
        if (lines.Count == 0) return [];
        if (key is not null && transaction.FirstLines(key) is { } first) return IdsOf(first);
        var ids = new string[lines.Count];
        var numbers = transaction.NextLineNumbers(lines.Count);
        if (key is not null) transaction.UseKey(key, NumberRanges.Write(numbers));
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            var number = numbers[i];
            ids[i] = IdOf(number);
            transaction.Session.Write(Writes.NewLine)
                .Int(number).Text(owner).Time(line.At).Text(line.Level).Text(line.Service).Text(line.Message).Time(transaction.Now).Run();
        }
        return ids;
    }

    private static string[] IdsOf(string numbers) =>
        [.. NumberRanges.Read(numbers).SelectMany(range => Enumerable.Range(0, (int)(range.Last - range.First) + 1).Select(i => IdOf(range.First + i)))];

    private static StoredLine Read(IRow row) => new(IdOf(row.Int(0)), row.Time(1), row.Text(2), row.Text(3), row.Text(4));

    /// <summary>As many digits for every number, so that ids sort as they grow.</summary>
    private static string IdOf(long number) => number.ToString("D16", CultureInfo.InvariantCulture);

    private static long? NumberOf(string id) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
