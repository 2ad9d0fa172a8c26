using System.Collections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;

namespace Tasklane.Emulator.Worker.InProcess;

/// <summary>
/// A request's features as the worker's pipeline may have them: those of the connection and the message, but nothing that the host's
/// own pipeline has put there (its container, its endpoint, its user, its items).
/// </summary>
internal sealed class HandedOverFeatures(IFeatureCollection request) : IFeatureCollection
{
    private static readonly HashSet<Type> _hostOnly =
    [
        typeof(IServiceProvidersFeature), typeof(IEndpointFeature), typeof(IRouteValuesFeature), typeof(IItemsFeature),
        typeof(IHttpAuthenticationFeature), typeof(IHttpActivityFeature), typeof(IFormFeature), typeof(ISessionFeature),
    ];

    private readonly FeatureCollection _own = new();

    public bool IsReadOnly => false;

    public int Revision => request.Revision + _own.Revision;

    public object? this[Type key]
    {
        get => _own[key] ?? (_hostOnly.Contains(key) ? null : request[key]);
        set
        {
            if (_hostOnly.Contains(key))
                _own[key] = value;
            else
                request[key] = value;
        }
    }

    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() =>
        _own.Concat(request.Where(feature => !_hostOnly.Contains(feature.Key))).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
