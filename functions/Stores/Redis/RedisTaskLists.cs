using System.Globalization;
using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Redis;

/// <summary>
/// Lists of tasks by any combination of filters, without scanning. Every task has a number; for each value of each facet there
/// is a bitmap per 4,096 numbers; for users and tags, of which there may be a million, a list of bits where it is shorter. A query is the
/// AND of bitmaps: its total is their count, exact, and its page the highest bits.
/// <para>
/// A million tasks are 245 bitmaps per facet, 125 KB, read in one go. Words are a sorted set per segment instead, read only where
/// the other filters leave something; a word that most tasks have takes correspondingly longer.
/// </para>
/// </summary>
internal sealed class RedisTaskLists(RedisConnection connection, RedisKeys keys, RedisScripts scripts)
{
    private readonly RedisScript _bitmaps = scripts.Load("bitmaps", writes: false);

    public async Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var found = await FindAsync(query, cancellation);
            var total = found.Count();
            if (query.After is { } after) found.KeepBelow(after);
            var places = found.Newest(query.After is null ? (long)(query.Page - 1) * query.PageSize : 0, query.PageSize);
            long? next = places.Count < query.PageSize ? null : TaskBitmaps.NumberOf(places[^1]);
            var tasks = await ReadAsync(places, cancellation);
            tasks.RemoveAll(task => !Matches(task, query));
            // A task may have moved on between the two reads. Looking again mostly settles it; then the page is one short.
            if (tasks.Count == places.Count || attempt == 2)
                return new TaskPage(tasks, total, next);
        }
    }

    private async Task<TaskBitmaps> FindAsync(TaskQuery query, CancellationToken cancellation)
    {
        var words = SearchWords.OfSearch(query.Text);
        var types = words.Count == 0 ? [] : await TypesAsync(cancellation);
        var groups = Facets(query, words, types);
        var reply = (RedisResult[])(await connection.RunAsync(
            _bitmaps, [keys.Segments], [.. groups.SelectMany(group => group).SelectMany(facet => new RedisValue[] { facet.Key, facet.Value is null ? "" : $"={facet.Value}" })], cancellation))!;
        var segments = (long[])reply[0]!;

        // Within a group any will do, so they are ORed; between the groups all must match.
        var (next, ofGroup) = (1, new List<TaskBitmaps>());
        foreach (var group in groups)
        {
            var any = new TaskBitmaps(segments);
            for (var facet = 0; facet < group.Count; facet++)
                AddAll(any, (RedisValue[])reply[next++]!, group[facet].Value is not null);
            ofGroup.Add(any);
        }
        var found = ofGroup[0];
        foreach (var filter in ofGroup.Skip(1).Take(groups.Count - words.Count - 1))
            found.And(filter);
        if (words.Count > 0)
            await KeepWithWordsAsync(found, query, words, ofGroup[^words.Count..], cancellation);
        return found;
    }

    /// <summary>
    /// The facets' keys up to the segment, in groups. First the priorities: every task has one, which makes the asked-for ones (or
    /// all three) the list of what exists. Last a group per word: the types that the word finds.
    /// </summary>
    private List<List<Facet>> Facets(TaskQuery query, IReadOnlyList<string> words, RedisValue[] types)
    {
        List<List<Facet>> groups =
        [
            [.. (query.Priority is { } priority ? [priority] : Enum.GetValues<TaskPriority>()).Select(one => new Facet(keys.ByPriority(one)))],
        ];
        if (query.Owner is { } owner) groups.Add([new(keys.Users, owner), new(keys.ByUser(owner))]);
        if (query.Status is { } status) groups.Add([new(keys.ByStatus(status))]);
        if (query.Type is { } type) groups.Add([new(keys.ByType(type))]);
        if (query.Tag is { } tag) groups.Add([new(keys.Tags, tag), new(keys.ByTag(tag))]);
        if (query.Parent is { } parent) groups.Add([new(keys.Tags, TaskRelations.ListOf(parent))]);
        foreach (var word in words)
        {
            groups.Add([.. types.Select(known => (string)known!)
                .Where(known => SearchWords.OfText(known).Any(part => part.StartsWith(word, StringComparison.Ordinal)))
                .Select(known => new Facet(keys.ByType(known)))]);
        }
        return groups;
    }

    private Task<RedisValue[]> TypesAsync(CancellationToken cancellation) =>
        connection.CallAsync(database => database.SetMembersAsync(keys.Types), cancellation);

    private static void AddAll(TaskBitmaps target, RedisValue[] bitmaps, bool isHash)
    {
        for (var place = 0; place < bitmaps.Length; place++)
        {
            if (bitmaps[place].IsNull)
                continue;
            var bits = (byte[])bitmaps[place]!;
            if (isHash)
                target.AddBits(place, bits);
            else
                target.Add(place, bits);
        }
    }

    /// <summary>Adds to each word's types the tasks that have the word themselves, and keeps those that have all words, or the id that the text is.</summary>
    private async Task KeepWithWordsAsync(
        TaskBitmaps found, TaskQuery query, IReadOnlyList<string> words, List<TaskBitmaps> ofWord, CancellationToken cancellation)
    {
        var work = new List<Task>();
        for (var place = 0; place < found.Segments.Length; place++)
        {
            if (found.IsEmpty(place))
                continue;
            for (var word = 0; word < words.Count; word++)
                work.Add(AddWordAsync(ofWord[word], place, words[word], cancellation));
        }
        await Task.WhenAll(work);
        foreach (var others in ofWord.Skip(1))
            ofWord[0].And(others);

        if (query.Text!.Trim().ToLowerInvariant() is var id && TaskIds.IsWellFormed(id))
        {
            var number = await connection.CallAsync(database => database.HashGetAsync(keys.Task(id), ["segment", "bit"]), cancellation);
            var place = number[0].IsNull ? -1 : Array.IndexOf(found.Segments, (long)number[0]);
            if (place >= 0)
                ofWord[0].Set(place, (int)number[1]);
        }
        found.And(ofWord[0]);
    }

    private async Task AddWordAsync(TaskBitmaps target, int place, string word, CancellationToken cancellation)
    {
        // The words of a segment as a dictionary: everything from the beginning asked for to the last that begins with it. No
        // UTF-8 text has a byte 0xFF.
        byte[] first = System.Text.Encoding.UTF8.GetBytes(word);
        var entries = await connection.CallAsync(
            database => database.SortedSetRangeByValueAsync(keys.Words(target.Segments[place]), first, (byte[])[.. first, 0xFF]), cancellation);
        foreach (var entry in entries)
        {
            var text = (string)entry!;
            target.Set(place, int.Parse(text.AsSpan(text.LastIndexOf(':') + 1), CultureInfo.InvariantCulture));
        }
    }

    private async Task<List<TaskRecord>> ReadAsync(List<(long Segment, int Bit)> places, CancellationToken cancellation)
    {
        var ids = await Task.WhenAll(places.Select(place => connection.CallAsync(
            database => database.StringGetRangeAsync(keys.Ids(place.Segment), 16 * place.Bit, (16 * place.Bit) + 15), cancellation)));
        var tasks = await Task.WhenAll(ids.Where(id => ((byte[])id!)?.Length == 16).Select(async packed =>
        {
            var id = Convert.ToHexStringLower((byte[])packed!);
            var fields = await connection.CallAsync(database => database.HashGetAsync(keys.Task(id), RedisFields.AllValues), cancellation);
            return RedisFields.Read(id, fields);
        }));
        return [.. tasks.OfType<TaskRecord>()];
    }

    /// <summary>What to read of a facet: bitmaps (no value), or of hashes the value's field.</summary>
    /// <param name="Key">Up to the segment.</param>
    private readonly record struct Facet(string Key, string? Value = null);

    private static bool Matches(TaskRecord task, TaskQuery query) => query.Status is null || task.Status == query.Status;
}
