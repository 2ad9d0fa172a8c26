using Microsoft.Extensions.DependencyInjection;

namespace Tasklane.Emulator.Inspector;

/// <summary>The page at /_emulator. Other rooms add their own <see cref="IInspectorSection"/>s.</summary>
internal static class InspectorServices
{
    public static IServiceCollection AddInspector(this IServiceCollection services)
    {
        services.AddSingleton<IHostEndpoints, InspectorEndpoints>();
        services.AddSingleton<IInspectorSection, FunctionSection>();
        services.AddSingleton<IInspectorSection, InvocationSection>();
        return services;
    }
}
