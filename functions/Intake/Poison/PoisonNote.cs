using System.Text.Json;
using System.Text.Json.Serialization;
using Tasklane.Tasks;

namespace Tasklane.Intake.Poison;

/// <summary>What a message of the poison queue says: what came, and why it can be no task.</summary>
/// <param name="Text">As it came; null where it is too long for a queue and lies in the blob named <paramref name="TextBlob"/>.</param>
/// <param name="Code">Stable, of <see cref="TaskErrors"/> or <see cref="Tasks.Problems.RequestErrors"/>.</param>
internal sealed record PoisonNote(string Source, string Id, DateTimeOffset At, string Code, string Reason, string? Text = null, string? TextBlob = null)
{
    /// <summary>The host put the message here by itself, after its last try.</summary>
    public const string GivenUp = "given_up";

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        Encoder = PlainEncoder.Instance,
        Converters = { new Timestamps.Converter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
    };

    public static PoisonNote Of(Arrival arrival, TaskException refusal, DateTimeOffset at) =>
        new(arrival.Source, arrival.Id, at, refusal.Code, refusal.Message, arrival.Text);

    /// <summary>A message of ours, or one that the host moved as it was.</summary>
    /// <param name="id">In the poison queue.</param>
    public static PoisonNote Read(string stored, string id, DateTimeOffset at)
    {
        try
        {
            if (JsonSerializer.Deserialize<PoisonNote>(stored, Format) is { } note)
                return note;
        }
        catch (JsonException)
        {
            // Not ours.
        }
        return new PoisonNote(ArrivalSources.Queue, id, at, GivenUp, "The host gave it up after its last try.", Queues.QueueText.Plain(stored));
    }

    public string ToJson() => JsonSerializer.Serialize(this, Format);
}
