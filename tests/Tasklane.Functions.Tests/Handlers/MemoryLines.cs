using System.Globalization;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Functions.Tests.Handlers;

/// <summary>Log lines kept in a list.</summary>
internal sealed class MemoryLines : ILogLineStore
{
    private readonly List<(string Owner, StoredLine Line)> _all = [];

    public Task<IReadOnlyList<string>> AppendAsync(string owner, IReadOnlyList<StoredLine> lines, RequestKey? key, CancellationToken cancellation)
    {
        var ids = lines.Select((_, i) => (_all.Count + i + 1).ToString("D9", CultureInfo.InvariantCulture)).ToArray();
        _all.AddRange(lines.Select((line, i) => (owner, line with { Id = ids[i] })));
        return Task.FromResult<IReadOnlyList<string>>(ids);
    }

    public Task<IReadOnlyList<StoredLine>> ReadAsync(string owner, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var wanted = ids.ToHashSet();
        return Task.FromResult<IReadOnlyList<StoredLine>>([.. _all.Where(one => one.Owner == owner && wanted.Contains(one.Line.Id)).Select(one => one.Line)]);
    }

    public Task<IReadOnlyList<StoredLine>> PageAsync(string owner, string? after, int limit, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<StoredLine>>([.. _all
            .Where(one => one.Owner == owner && string.CompareOrdinal(one.Line.Id, after) > 0).Select(one => one.Line).Take(limit)]);

    public Task<int> PurgeLinesAsync(DateTimeOffset storedBefore, int limit, CancellationToken cancellation) => Task.FromResult(0);
}
