using Microsoft.Extensions.DependencyInjection;
using Tasklane.Handlers.Ai;
using Tasklane.Handlers.MarketData;
using Tasklane.Handlers.Outbound;

namespace Tasklane.Handlers;

/// <summary>What this room's handlers ask for beyond what every handler may.</summary>
public static class HandlersRegistration
{
    public static IServiceCollection AddHandlers(this IServiceCollection services) => services
        .AddSingleton<OutboundHttp>()
        .AddSingleton<AiClient>()
        .AddSingleton<MarketSource>();
}
