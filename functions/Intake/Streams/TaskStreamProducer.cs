using StackExchange.Redis;
using Tasklane.Tasks;

namespace Tasklane.Intake.Streams;

/// <summary>Puts work into the stream, for services that know it by an id of their own.</summary>
/// <param name="redis">The stream's server.</param>
/// <param name="stream">Its name: <c>APP_TASK_QUEUE_STREAM</c> of whoever reads it.</param>
public sealed class TaskStreamProducer(IConnectionMultiplexer redis, TimeProvider time, string stream = "goodshunter:task:queue")
{
    /// <summary>Somebody asked for the work.</summary>
    public const string UserCreate = "user_create";

    /// <summary>A schedule asked for the work.</summary>
    public const string Periodic = "periodic";

    /// <summary>Has the work of an id done; while it waits or runs already, that is enough.</summary>
    /// <param name="source"><see cref="UserCreate"/> or <see cref="Periodic"/>.</param>
    /// <param name="retry">How often it was asked for before.</param>
    /// <returns>The message's id in the stream.</returns>
    public Task<string> SubmitTaskAsync(ulong taskId, string source = UserCreate, int retry = 0) => AddAsync(taskId, "execute", source, retry);

    /// <summary>Has the work of an id stopped.</summary>
    /// <returns>The message's id in the stream.</returns>
    public Task<string> StopTaskAsync(ulong taskId, string source = UserCreate) => AddAsync(taskId, "stop", source, retry: 0);

    private async Task<string> AddAsync(ulong taskId, string action, string source, int retry)
    {
        if (source is not (UserCreate or Periodic))
            throw new ArgumentException($"The source is '{source}'; it must be {UserCreate} or {Periodic}.", nameof(source));
        ArgumentOutOfRangeException.ThrowIfNegative(retry);
        var id = await redis.GetDatabase().StreamAddAsync(stream,
        [
            new NameValueEntry("task_id", taskId),
            new NameValueEntry("action", action),
            new NameValueEntry("timestamp", time.GetUtcNow().UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture)),
            new NameValueEntry("retry", retry),
            new NameValueEntry("source", source),
        ]);
        return id.ToString();
    }
}
