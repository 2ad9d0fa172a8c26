using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

/// <summary>A task's file, whole and in parts.</summary>
public sealed class FileTests(AppFixture app) : AppTests(app)
{
    [Fact]
    public async Task A_download_that_was_cut_off_goes_on_where_it_was()
    {
        var ada = await SignInAsync();
        // More than a chunk of half a MiB.
        var lines = Enumerable.Range(0, 5000).Select(i => $"line {i} {new string('x', 150)}");
        (await ada.PostAsJsonAsync("/api/logs", new { lines })).EnsureSuccessStatusCode();
        var id = (await ada.EndAsync((await ada.CreateAsync("export", new { what = "logs", format = "ndjson" })).Id())).Id();

        var whole = await ada.GetAsync($"/api/tasks/{id}/file");
        var bytes = await whole.Content.ReadAsByteArrayAsync();
        Assert.True(bytes.Length > 1024 * 1024);
        Assert.Equal("bytes", Assert.Single(whole.Headers.AcceptRanges));
        Assert.Equal(bytes.Length, whole.Content.Headers.ContentLength);
        Assert.Equal("attachment", whole.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal("nosniff", Assert.Single(whole.Headers.GetValues("X-Content-Type-Options")));
        Assert.True(whole.Headers.CacheControl!.NoStore);
        var tag = whole.Headers.ETag!;

        await AssertRangeAsync(600_000, null, 600_000, bytes.Length - 1);
        await AssertRangeAsync(10, 19, 10, 19);
        await AssertRangeAsync(500_000, 1_100_000, 500_000, 1_100_000); // over the borders of chunks
        await AssertRangeAsync(null, 7, bytes.Length - 7, bytes.Length - 1);
        await AssertRangeAsync(bytes.Length - 3, bytes.Length + 100, bytes.Length - 3, bytes.Length - 1);

        // Of the same file, or else all of it.
        Assert.Equal(HttpStatusCode.PartialContent, (await GetAsync(new RangeHeaderValue(1, 2), new RangeConditionHeaderValue(tag))).StatusCode);
        var changed = await GetAsync(new RangeHeaderValue(1, 2), new RangeConditionHeaderValue("\"0\""));
        Assert.Equal((HttpStatusCode.OK, bytes.Length), (changed.StatusCode, (await changed.Content.ReadAsByteArrayAsync()).Length));

        var outside = await GetAsync(new RangeHeaderValue(bytes.Length, null));
        var problem = await outside.ProblemAsync(HttpStatusCode.RequestedRangeNotSatisfiable, "range_not_satisfiable");
        Assert.Contains($"{bytes.Length}", problem.Text("detail"), StringComparison.Ordinal);
        Assert.Equal(bytes.Length, outside.Content.Headers.ContentRange?.Length);

        var known = new HttpRequestMessage(HttpMethod.Get, $"/api/tasks/{id}/file") { Headers = { IfNoneMatch = { tag } } };
        Assert.Equal(HttpStatusCode.NotModified, (await ada.SendAsync(known)).StatusCode);

        async Task AssertRangeAsync(long? from, long? to, long first, long last)
        {
            var part = await GetAsync(new RangeHeaderValue(from, to));
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Equal((first, last, bytes.Length), (part.Content.Headers.ContentRange!.From, part.Content.Headers.ContentRange.To, part.Content.Headers.ContentRange.Length));
            Assert.Equal(bytes[(int)first..((int)last + 1)], await part.Content.ReadAsByteArrayAsync());
        }

        Task<HttpResponseMessage> GetAsync(RangeHeaderValue range, RangeConditionHeaderValue? condition = null) =>
            ada.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"/api/tasks/{id}/file") { Headers = { Range = range, IfRange = condition } });
    }
}
