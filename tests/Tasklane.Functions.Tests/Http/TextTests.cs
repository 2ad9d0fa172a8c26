using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

/// <summary>How texts are counted and times are written.</summary>
public sealed partial class TextTests(AppFixture app) : AppTests(app)
{
    private const string Smile = "\U0001F600";

    [Fact]
    public async Task A_payload_of_emoji_is_as_long_as_it_was_sent_and_so_is_its_result()
    {
        var ada = await SignInAsync();
        var text = string.Concat(Enumerable.Repeat(Smile, 65_000)); // 260,000 bytes of 262,144

        var body = new StringContent($$$"""{"type":"noop","payload":{"a":"{{{text}}}"}}""", Encoding.UTF8, "application/json");
        var created = await ada.PostAsync("/api/tasks", body);
        Assert.Equal(HttpStatusCode.Accepted, created.StatusCode);
        var task = await ada.EndAsync((await created.JsonAsync()).Id());

        Assert.Equal("completed", task.Text("status"));
        Assert.Equal(text, task["result"]!.Text("a"));
    }

    [Fact]
    public async Task Limits_in_characters_count_an_emoji_once()
    {
        var ada = await SignInAsync();
        var tag = string.Concat(Enumerable.Repeat(Smile, TaskLimits.MaxTagLength));

        await ada.CreateAsync("noop", new { }, new { tags = new[] { tag } });
        Assert.Equal(1, (await ada.GetJsonAsync($"/api/tasks?tag={Uri.EscapeDataString(tag)}"))["total"]!.GetValue<int>());
    }

    [Fact]
    public async Task Every_time_is_as_long_as_every_other()
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("noop", new { }, new { runAt = "2020-01-01T00:00:00.5Z" })).Id();
        var failing = (await ada.CreateAsync("sleep", new { seconds = 0, failTimes = 1 }, new { backoff = new { kind = "fixed", delaySeconds = 0.01 } })).Id();
        await ada.EndAsync(id);
        await ada.EndAsync(failing);

        foreach (var path in new[]
        {
            $"/api/tasks/{id}", $"/api/tasks/{failing}", "/api/tasks", $"/api/tasks/{failing}/events", $"/api/tasks/{failing}/logs",
            "/api/v1/queue/stats", "/api/v1/queue/stats/history",
        })
        {
            var text = (await ada.GetJsonAsync(path)).ToJsonString();
            var times = Time().Matches(text);
            Assert.NotEmpty(times);
            Assert.All(times, time => Assert.Matches("""^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"$""", time.Value));
        }
    }

    [Theory]
    [InlineData(510, "2026-03-01T08:00:00.510Z")]
    [InlineData(0, "2026-03-01T08:00:00.000Z")]
    [InlineData(512, "2026-03-01T08:00:00.512Z")]
    public void A_time_keeps_its_zeros(int milliseconds, string text)
    {
        var time = new DateTimeOffset(2026, 3, 1, 10, 0, 0, milliseconds, TimeSpan.FromHours(2));
        Assert.Equal(text, Timestamps.Text(time));
        Assert.Equal($"\"{text}\"", JsonSerializer.Serialize(time, HandlerJson.Results));
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Timestamps.Write(json, "at"u8, time);
            json.WriteEndObject();
        }
        Assert.Equal($$"""{"at":"{{text}}"}""", Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void PlainEncoder_writes_what_reads_back_and_escapes_nothing_beyond_need(int seed)
    {
        var random = new Random(seed);
        string[] parts = [Smile, "文", "a", "\"", "\\", "\n", "\0", "\u2028", "<", "\U00020BB7", "é", "\uFFFD", "plain ascii of some length"];
        for (var round = 0; round < 500; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => parts[random.Next(parts.Length)]));
            var json = JsonSerializer.Serialize(text, HandlerJson.Options);
            Assert.Equal(text, JsonSerializer.Deserialize<string>(json));
            Assert.DoesNotContain("\\uD8", json, StringComparison.OrdinalIgnoreCase);
            using var buffer = new MemoryStream();
            using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = PlainEncoder.Instance }))
                writer.WriteStringValue(Encoding.UTF8.GetBytes(text));
            Assert.Equal(json, Encoding.UTF8.GetString(buffer.ToArray()));
        }
        Assert.Equal("\uFFFD", JsonSerializer.Deserialize<string>(JsonSerializer.Serialize("\ud800", HandlerJson.Options)));
    }

    [Theory]
    [InlineData("abc", 2, "ab")]
    [InlineData("a\U0001F600", 2, "a")]
    [InlineData("a\U0001F600", 3, "a\U0001F600")]
    [InlineData("\U0001F600", 1, "")]
    [InlineData("abc", 0, "")]
    public void Cut_never_leaves_half_a_character(string text, int most, string cut) => Assert.Equal(cut, Characters.Cut(text, most));

    [GeneratedRegex("\"\\d{4}-\\d\\d-\\d\\dT[^\"]*\"")]
    private static partial Regex Time();
}
