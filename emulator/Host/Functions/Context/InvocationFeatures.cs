using System.Collections;
using Microsoft.Azure.Functions.Worker;

namespace Tasklane.Emulator.Functions;

/// <summary>Features of one invocation: few, so a list of pairs beats a dictionary.</summary>
internal sealed class InvocationFeatures : IInvocationFeatures
{
    private readonly List<KeyValuePair<Type, object>> _features = new(4);

    public T? Get<T>()
    {
        foreach (var (type, feature) in _features)
        {
            if (type == typeof(T))
                return (T)feature;
        }
        return default;
    }

    public void Set<T>(T? instance)
    {
        _features.RemoveAll(static pair => pair.Key == typeof(T));
        if (instance is not null)
            _features.Add(new(typeof(T), instance));
    }

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _features.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
