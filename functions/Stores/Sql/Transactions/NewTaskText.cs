using System.Text.Json;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transactions;

/// <summary>What is worked out from a new task's texts, on the caller's thread, before the writer gets it.</summary>
/// <param name="Words">What it is found by, but for the words of its type: they are looked up among the kinds of tasks (see <see cref="Facets"/>).</param>
/// <param name="Params">The payload's top-level properties, long ones cut.</param>
internal sealed record NewTaskText(IReadOnlyList<string> Words, IReadOnlyDictionary<string, string?> Params)
{
    private const int LongestName = 200;
    private const int LongestValue = 4_000;
    private static readonly Dictionary<string, string?> None = [];

    public static NewTaskText Of(NewTask task) => new(WordsOf(task), ParamsOf(task.Payload));

    public static IReadOnlyList<string> WordsOf(TaskRow row) => WordsOf(new NewTask
    {
        Id = row.Id,
        Type = row.Type,
        Payload = row.Payload,
        CreatedBy = row.CreatedBy,
        Source = row.Source,
        Tags = row.Tags,
    });

    private static string[] WordsOf(NewTask task) => [.. SearchWords.Of(task).Except(SearchWords.OfText(task.Type), StringComparer.Ordinal)];

    private static Dictionary<string, string?> ParamsOf(string payload)
    {
        if (payload == "{}") return None;
        using var json = JsonDocument.Parse(payload);
        if (json.RootElement.ValueKind != JsonValueKind.Object) return None;
        var found = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var property in json.RootElement.EnumerateObject())
        {
            var value = property.Value.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.String => property.Value.GetString(),
                _ => property.Value.GetRawText(),
            };
            found[Cut(property.Name, LongestName)] = value is null ? null : Cut(value, LongestValue);
        }
        return found;
    }

    private static string Cut(string text, int most) => text.Length <= most ? text : text[..most];
}
