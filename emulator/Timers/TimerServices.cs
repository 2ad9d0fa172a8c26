using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Inspector;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Timers;

/// <summary>What the room of timers brings.</summary>
internal static class TimerServices
{
    public static IServiceCollection AddTimers(this IServiceCollection services) => services
        .AddSingleton<TimerTriggers>()
        .AddSingleton<ITriggerKind>(provider => provider.GetRequiredService<TimerTriggers>())
        .AddSingleton<IInspectorSection, TimerSection>();
}
