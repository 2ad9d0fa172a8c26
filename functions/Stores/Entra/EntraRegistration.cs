using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Tasklane.Stores.Entra;

/// <summary>The identity that stores are signed in to with, where <c>Tasklane:SignIn</c> is "entra".</summary>
internal static class EntraRegistration
{
    /// <summary>
    /// On Azure the managed identity that <c>AZURE_CLIENT_ID</c> names; on a developer's machine whoever is signed in there.
    /// <c>AZURE_TOKEN_CREDENTIALS</c> leaves the others out.
    /// </summary>
    public static IServiceCollection AddEntra(this IServiceCollection services)
    {
        services.TryAddSingleton<TokenCredential>(_ => new DefaultAzureCredential());
        services.TryAddSingleton<EntraRedis>();
        return services;
    }
}
