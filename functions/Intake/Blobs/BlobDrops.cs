using System.Text.Json;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Problems;

namespace Tasklane.Intake.Blobs;

/// <summary>Blobs that were dropped in <c>imports/{type}/</c>.</summary>
public sealed class BlobDrops(TaskTypes types)
{
    /// <summary>The arrival of a version of a blob; its type is the first part of its name.</summary>
    public static Arrival Of(BlobReference blob) => new(ArrivalSources.Blob, $"{blob.Name} {blob.Etag}", JsonSerializer.Serialize(blob, HandlerJson.Options));

    internal TaskRequest Read(Arrival arrival)
    {
        var blob = Parse(arrival.Text);
        var name = blob.Name.Split('/')[0];
        if (!types.TryGet(name, out var type))
            throw new InvalidRequestException(TaskErrors.UnknownType, Characters.Shorten(name), types.Names);
        if (type.BlobField is null)
            throw new InvalidRequestException(RequestErrors.TakesNoBlob, type.Name, string.Join(", ", types.All.Where(one => one.BlobField is not null).Select(one => one.Name)));
        var payload = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, BlobReference> { [type.BlobField] = blob }, HandlerJson.Options);
        return new TaskRequest
        {
            Type = type.Name,
            Payload = payload,
            IdempotencyKey = Arrivals.Key(ArrivalSources.Blob, blob.Container, blob.Name, blob.Etag),
        };
    }

    private static BlobReference Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<BlobReference>(text, HandlerJson.Options) ?? throw new InvalidRequestException(RequestErrors.EmptyBody);
        }
        catch (JsonException broken)
        {
            throw RequestBody.Broken(broken); // somebody wrote the poison note by hand
        }
    }
}
