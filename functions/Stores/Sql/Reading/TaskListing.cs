using System.Collections.Concurrent;
using System.Text;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Reading;

/// <summary>
/// One page of a list and its total. Owner, status, type and priority are answered from the kinds of tasks (see <see cref="Facets"/>):
/// the total is a sum over a few rows, the page a merge of one index range per kind. A tag or text is answered from its own
/// index; tasks found by the name of their type alone count as kinds.
/// </summary>
internal sealed class TaskListing(IReader reader, TaskQuery query)
{
    // Kinds merged by one statement; SQLite takes 500 parts. Their number is rounded up so that few different statements exist.
    private const int MostKinds = 256;
    private const long NoKind = -1;
    private const string AfterEveryWord = "\U0010FFFF";

    private static readonly ConcurrentDictionary<string, SqlRead> Texts = new(StringComparer.Ordinal);

    private static readonly SqlRead Kinds = new(
        """
        select f.id, cast(sum(c.n) as bigint), f.task_type from async_task_facets f join async_task_facet_counts c on c.id = f.id
        where f.scope = $1 and f.created_by = $2 and (cast($3 as text) is null or f.task_type = $3)
        and (cast($4 as text) is null or f.status = $4) and (cast($5 as text) is null or f.priority = $5)
        group by f.id, f.task_type having sum(c.n) > 0
        """);

    private static readonly SqlRead Newest = new("select id from async_tasks where id < $1 order by id desc limit $2 offset $3");

    private readonly IReadOnlyList<string> words = SearchWords.OfSearch(query.Text);

    private string FacetColumn => query.Owner is null ? "facet_all" : "facet_own";

    private long Offset => query.After is null ? (long)(query.Page - 1) * query.PageSize : 0;

    /// <summary>Only tasks with lower numbers are listed.</summary>
    private long Below => query.After ?? long.MaxValue;

    /// <summary>A tag, or a parent, narrows the list more than kinds do.</summary>
    private bool IsTagged => query.Tag is not null || query.Parent is not null;

    private bool IsUnfiltered => query is { Owner: null, Status: null, Type: null, Priority: null, Tag: null, Parent: null } && words.Count == 0;

    private readonly record struct Kind(long Number, long Count, string Type);

    /// <summary>Numbers of the page's tasks, newest first, and the total of all pages.</summary>
    public async Task<(List<long> Numbers, long Total)> RunAsync()
    {
        var kinds = await reader.ListAsync(Kinds, BindKinds, row => new Kind(row.Int(0), row.Int(1), row.Text(2)));
        if (!IsTagged && words.Count == 0) return await OfKindsAsync(kinds, null);

        // A word that begins a word of a type's name finds all tasks of the type; only the other words are looked up as words.
        var names = kinds.Select(kind => kind.Type).Distinct().Select(type => (Type: type, Words: SearchWords.OfText(type))).ToList();
        var types = words.Select(word => names.Where(name => name.Words.Any(own => own.StartsWith(word, StringComparison.Ordinal))).Select(name => name.Type).ToArray()).ToArray();
        var byType = !IsTagged ? kinds.Where(kind => types.All(found => found.Contains(kind.Type))).ToList() : [];
        var found = new Conditions(query, words, types, [.. byType.Select(kind => kind.Type).Distinct()]);
        return await OfKindsAsync(byType, found);
    }

    private void BindKinds(IStatement statement) => statement
        .Int(query.Owner is null ? Facet.OfAll : Facet.OfOwn).Text(query.Owner ?? "")
        .Text(query.Type).Text(query.Status?.Name()).Text(query.Priority?.Name());

    /// <summary>The tasks of some kinds, together with those that meet conditions (which must find none of the kinds).</summary>
    private async Task<(List<long> Numbers, long Total)> OfKindsAsync(List<Kind> kinds, Conditions? found)
    {
        var total = kinds.Sum(kind => kind.Count);
        if (found is not null)
            total += await reader.FirstAsync(TextOf($"select count(*) from async_tasks t where {found.Sql(1)}"), found.Bind, row => row.Int(0));
        if (Offset >= total) return ([], total);
        if (IsUnfiltered) return (await reader.ListAsync(Newest, BindPage, row => row.Int(0)), total);

        var parts = new List<List<long>>();
        var rest = kinds.ConvertAll(kind => kind.Number);
        // Nearly always one statement; only with very many kinds are pages of several merged here.
        while (rest.Count > MostKinds)
        {
            parts.Add(await MergeAsync(rest[..MostKinds], null, Offset + query.PageSize, 0));
            rest = rest[MostKinds..];
        }
        if (parts.Count == 0) return (await MergeAsync(rest, found, query.PageSize, Offset), total);
        parts.Add(await MergeAsync(rest, found, Offset + query.PageSize, 0));
        return ([.. parts.SelectMany(part => part).OrderDescending().Skip((int)Offset).Take(query.PageSize)], total);
    }

    private Task<List<long>> MergeAsync(List<long> kinds, Conditions? found, long limit, long offset)
    {
        var count = kinds.Count <= 1 ? kinds.Count : (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)kinds.Count);
        var parts = Enumerable.Range(1, count).Select(place => $"select id from async_tasks where {FacetColumn} = ${place} and id < ${count + 1}").ToList();
        if (found is not null) parts.Add($"select t.id from async_tasks t where t.id < ${count + 1} and {found.Sql(count + 2)}");
        var values = count + 1 + (found?.Count ?? 0);
        var read = TextOf($"{string.Join(" union all ", parts)} order by id desc limit ${values + 1} offset ${values + 2}");
        return reader.ListAsync(
            read,
            statement =>
            {
                for (var i = 0; i < count; i++)
                    statement.Int(i < kinds.Count ? kinds[i] : NoKind);
                statement.Int(Below);
                found?.Bind(statement);
                statement.Int(limit).Int(offset);
            },
            row => row.Int(0));
    }

    private void BindPage(IStatement statement) => statement.Int(Below).Int(query.PageSize).Int(Offset);

    private static SqlRead TextOf(string sql) => Texts.GetOrAdd(sql, text => new SqlRead(text));

    /// <summary>A tag, words and what else must match, as a condition on <c>async_tasks t</c>.</summary>
    /// <param name="types">Per word, the types whose tasks it finds.</param>
    /// <param name="excluded">Types whose tasks all words find: they are listed as kinds.</param>
    private sealed class Conditions(TaskQuery query, IReadOnlyList<string> words, string[][] types, IReadOnlyList<string> excluded)
    {
        private readonly List<Action<IStatement>> values = [];

        public int Count => values.Count;

        public void Bind(IStatement statement)
        {
            foreach (var value in values)
                value(statement);
        }

        /// <param name="first">Number of its first placeholder.</param>
        public string Sql(int first)
        {
            values.Clear();
            var sql = new StringBuilder("1 = 1");
            void Add(string condition) => sql.Append(" and ").Append(condition);
            string Next(Action<IStatement> value)
            {
                values.Add(value);
                return $"${first + values.Count - 1}";
            }
            string Any(IReadOnlyList<string> texts) => $"{{any:{Next(statement => statement.Texts(texts))[1..]}}}";

            if (query.Tag is { } tag) Add($"t.id in (select id from async_task_tags where tag = {Next(s => s.Text(tag))})");
            if (query.Parent is { } parent) Add($"t.id in (select id from async_task_tags where tag = {Next(s => s.Text(TaskRelations.ListOf(parent)))})");
            // Where every word may be the beginning of a type, one of them must still be a word: that is what narrows the search.
            if (query is { Tag: null, Parent: null } && types.All(found => found.Length > 0))
                Add($"t.id in ({string.Join(" union ", words.Select(Having))})");
            for (var i = 0; i < words.Count; i++)
            {
                var having = $"t.id in ({Having(words[i])})";
                Add(types[i].Length == 0 ? having : $"({having} or t.task_type {Any(types[i])})");
            }
            if (excluded.Count > 0) Add($"not (t.task_type {Any(excluded)})");
            if (query.Owner is { } owner) Add($"t.created_by = {Next(s => s.Text(owner))}");
            if (query.Type is { } type) Add($"t.task_type = {Next(s => s.Text(type))}");
            if (query.Status is { } status) Add($"t.status = {Next(s => s.Text(status.Name()))}");
            if (query.Priority is { } priority) Add($"t.priority = {Next(s => s.Text(priority.Name()))}");
            return sql.ToString();

            string Having(string word)
            {
                var select = $"select id from async_task_words where word >= {Next(s => s.Text(word))} and word < {Next(s => s.Text(word + AfterEveryWord))}";
                return words.Count == 1 && TaskIds.IsWellFormed(word)
                    ? $"{select} union all select id from async_tasks where task_id = {Next(s => s.Text(word))}"
                    : select;
            }
        }
    }
}
