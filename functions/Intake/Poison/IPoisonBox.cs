using Microsoft.DurableTask.Client;

namespace Tasklane.Intake.Poison;

/// <summary>Where messages lie that could be no tasks, until somebody sends them round again or drops them.</summary>
public interface IPoisonBox
{
    /// <summary>As addresses have it.</summary>
    string Name { get; }

    /// <summary>The oldest messages; none where the intake is off.</summary>
    /// <param name="most">1 to 32.</param>
    Task<PoisonPage> ListAsync(int most, CancellationToken cancellation);

    /// <summary>Tries messages again. One that is refused again stays, with its new reason.</summary>
    /// <param name="id">One of them; null tries all.</param>
    /// <exception cref="Tasks.Problems.InvalidRequestException">The intake is off.</exception>
    Task<SentAgain> SendAgainAsync(DurableTaskClient client, string? id, CancellationToken cancellation);

    /// <summary>Drops one; false when it is not there.</summary>
    Task<bool> DropAsync(string id, CancellationToken cancellation);
}

/// <param name="Total">As many as there are; a storage queue knows about.</param>
public sealed record PoisonPage(long Total, IReadOnlyList<PoisonMessage> Messages);

/// <summary>A message in a box.</summary>
/// <param name="Id">In the box.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Text">As it came.</param>
public sealed record PoisonMessage(string Id, string Source, DateTimeOffset? At, string Code, string Reason, string Text);

/// <param name="Sent">How many went round again.</param>
/// <param name="Tasks">The tasks that came of them, where that is known at once.</param>
/// <param name="Refused">Those that stay.</param>
public sealed record SentAgain(int Sent, IReadOnlyList<string> Tasks, IReadOnlyList<PoisonMessage> Refused);
