using Microsoft.Extensions.Configuration;

namespace Tasklane.Tasks;

/// <summary>The Redis stream that tasks come from. Its settings have the names that its producers know, so they stand outside of section <c>Tasklane</c>.</summary>
/// <param name="Enabled"><c>APP_ENABLE_REDIS_QUEUE</c>; false unless told.</param>
/// <param name="Stream"><c>APP_TASK_QUEUE_STREAM</c>.</param>
/// <param name="Group"><c>APP_TASK_QUEUE_GROUP</c>, the consumer group.</param>
public sealed record StreamSettings(bool Enabled, string Stream, string Group)
{
    private const string EnabledName = "APP_ENABLE_REDIS_QUEUE";
    private const string StreamName = "APP_TASK_QUEUE_STREAM";
    private const string GroupName = "APP_TASK_QUEUE_GROUP";
    private const int MaxLength = 200;

    /// <summary>Where messages go that can be no task.</summary>
    public string DeadLetters => Stream + ":dead";

    public static StreamSettings Read(IConfiguration configuration) => new(
        configuration[EnabledName] is { } text && (text == "1" || text.Equals("true", StringComparison.OrdinalIgnoreCase)),
        configuration[StreamName] is { Length: > 0 } stream ? stream : "goodshunter:task:queue",
        configuration[GroupName] is { Length: > 0 } group ? group : "scheduler_group");

    internal static IEnumerable<string> Problems(IConfiguration configuration)
    {
        if (configuration[EnabledName] is { } text && text is not ("" or "0" or "1") && !bool.TryParse(text, out _))
            yield return $"{EnabledName} is '{text}'; it must be true or false.";
        var settings = Read(configuration);
        if (settings.Stream.Length > MaxLength || !Characters.AreVisible(settings.Stream))
            yield return $"{StreamName} has {settings.Stream.Length} characters; it must have 1 to {MaxLength} visible ones.";
        if (settings.Group.Length > MaxLength || !Characters.AreVisible(settings.Group))
            yield return $"{GroupName} has {settings.Group.Length} characters; it must have 1 to {MaxLength} visible ones.";
    }
}
