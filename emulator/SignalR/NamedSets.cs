using System.Runtime.InteropServices;

namespace Tasklane.Emulator.SignalR;

/// <summary>Sets by name; a name without members takes no room. Not safe for threads.</summary>
internal sealed class NamedSets<T>
{
    private static readonly HashSet<T> Empty = [];

    private readonly Dictionary<string, HashSet<T>> _sets = [];

    /// <summary>The members, to be read only; empty for an unknown name.</summary>
    public IReadOnlyCollection<T> this[string name] => _sets.GetValueOrDefault(name, Empty);

    public bool Contains(string name, T member) => _sets.TryGetValue(name, out var set) && set.Contains(member);

    public void Add(string name, T member)
    {
        ref var set = ref CollectionsMarshal.GetValueRefOrAddDefault(_sets, name, out _);
        (set ??= []).Add(member);
    }

    public void Remove(string name, T member)
    {
        if (_sets.TryGetValue(name, out var set) && set.Remove(member) && set.Count == 0)
            _sets.Remove(name);
    }

    public void Remove(string name) => _sets.Remove(name);
}
