using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tasklane.Tasks.Bulk;
using Tasklane.Tasks.Files;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Http.Caching;
using Tasklane.Tasks.Schedules;

namespace Tasklane.Tasks;

/// <summary>What this room needs from the container.</summary>
public static class TasksRegistration
{
    /// <summary>What the Functions host lets through by default, in bytes.</summary>
    private const long MostOfBody = 104_857_600;

    /// <summary>The service, the waker, the handlers found in this assembly, and HttpClient for them. Needs options, a store and a TimeProvider.</summary>
    public static IServiceCollection AddTasks(this IServiceCollection services) => services
        .AddSingleton(provider => TaskTypes.Discover(
            typeof(TasksRegistration).Assembly, provider.GetRequiredService<IHostEnvironment>().IsDevelopment()))
        // Where the worker is a process of its own, its Kestrel would take 30 MB at most.
        .Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = MostOfBody)
        .AddHttpClient() // for handlers
        .AddSingleton<TaskWaker>()
        .AddSingleton<TaskRemover>()
        .AddSingleton<TaskService>()
        .AddSingleton<ChildTasks>()
        .AddSingleton<FileService>()
        .AddSingleton<BulkRunner>()
        .AddSingleton<ScheduleFirer>()
        .AddSingleton<ScheduleService>()
        .AddSingleton<ReadCache>()
        .AddHostedService<CacheWarmer>();
}
