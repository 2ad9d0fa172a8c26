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
        .AddSingleton<IHostRoom, Room>()
        .AddSingleton<IInspectorSection, TimerSection>();

    /// <summary>Timers start and stop as triggers do; as a room they only hear that the host is killed.</summary>
    private sealed class Room(TimerTriggers timers) : IHostRoom
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync() => Task.CompletedTask;

        public Task AbandonAsync()
        {
            timers.Abandon();
            return Task.CompletedTask;
        }
    }
}
