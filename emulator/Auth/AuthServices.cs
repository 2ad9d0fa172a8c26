using Microsoft.Extensions.DependencyInjection;

namespace Tasklane.Emulator.Auth;

/// <summary>What App Service authentication brings.</summary>
internal static class AuthServices
{
    public static IServiceCollection AddAppServiceAuthentication(this IServiceCollection services) => services
        .AddSingleton<SessionTokens>()
        .AddSingleton<Authentication>()
        .AddSingleton<IHostEndpoints, AuthEndpoints>();
}
