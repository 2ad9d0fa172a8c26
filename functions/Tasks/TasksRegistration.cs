using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tasklane.Tasks.Bulk;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Http.Caching;
using Tasklane.Tasks.Schedules;

namespace Tasklane.Tasks;

/// <summary>What this room needs from the container.</summary>
public static class TasksRegistration
{
    /// <summary>The service, the waker, the handlers found in this assembly, and HttpClient for them. Needs options, a store and a TimeProvider.</summary>
    public static IServiceCollection AddTasks(this IServiceCollection services) => services
        .AddSingleton(provider => TaskTypes.Discover(
            typeof(TasksRegistration).Assembly, provider.GetRequiredService<IHostEnvironment>().IsDevelopment()))
        .AddHttpClient() // for handlers
        .AddSingleton<TaskWaker>()
        .AddSingleton<TaskRemover>()
        .AddSingleton<TaskService>()
        .AddSingleton<BulkRunner>()
        .AddSingleton<ScheduleFirer>()
        .AddSingleton<ScheduleService>()
        .AddSingleton<ReadCache>()
        .AddHostedService<CacheWarmer>();
}
