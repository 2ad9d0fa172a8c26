using System.IO.Compression;
using System.Net;
using System.Text;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

/// <summary>Compressed answers, over real HTTP.</summary>
public sealed class CompressionTests(AppFixture app) : AppTests(app)
{
    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("gzip, deflate, br", "br")]
    [InlineData("gzip;q=1.0, br;q=0.5", "gzip")]
    [InlineData("*", "br")]
    [InlineData("br;q=0, *;q=0.5", "gzip")]
    [InlineData("deflate", null)]
    [InlineData("identity, br;q=0.5", null)]
    [InlineData("br;q=0, gzip;q=0", null)]
    [InlineData(null, null)]
    public async Task An_answer_comes_as_the_client_likes_it_best(string? accepted, string? encoding)
    {
        var ada = await SignInAsync();
        await ada.CreateAsync("noop", new { text = string.Join(' ', Enumerable.Repeat("again and again, 一遍又一遍", 60)) }, new { delaySeconds = 1000 });
        foreach (var path in new[] { "/api/tasks", "/api/openapi.json", "/api/tasks/types" })
        {
            var plain = await ada.GetAsync(path);
            var answer = await AskAsync(ada, HttpMethod.Get, path, accepted);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(encoding is null ? [] : [encoding], answer.Content.Headers.ContentEncoding);
            Assert.Equal(["Accept-Encoding"], answer.Headers.Vary);
            Assert.Equal("application/json; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
            Assert.Equal(plain.Headers.ETag, answer.Headers.ETag);
            var bytes = await answer.Content.ReadAsByteArrayAsync();
            Assert.Equal(bytes.Length, answer.Content.Headers.ContentLength);
            Assert.Equal(await plain.Content.ReadAsStringAsync(), Plain(bytes, encoding));
            if (encoding is not null)
                Assert.True(bytes.Length * 2 < plain.Content.Headers.ContentLength, $"{path}: {bytes.Length} of {plain.Content.Headers.ContentLength}");

            var head = await AskAsync(ada, HttpMethod.Head, path, accepted);
            Assert.Equal((bytes.Length, encoding), ((int)head.Content.Headers.ContentLength!, head.Content.Headers.ContentEncoding.SingleOrDefault()));
        }
    }

    [Fact]
    public async Task A_tasks_tag_is_weak_where_its_bytes_are_others()
    {
        var ada = await SignInAsync();
        var path = $"/api/tasks/{(await ada.CreateAsync("noop", new { text = new string('x', 3000) }, new { delaySeconds = 1000 })).Id()}";
        var plain = await ada.GetAsync(path);
        var packed = await AskAsync(ada, HttpMethod.Get, path, "br");
        Assert.Equal((false, true), (plain.Headers.ETag!.IsWeak, packed.Headers.ETag!.IsWeak));
        Assert.Equal(plain.Headers.ETag.Tag, packed.Headers.ETag.Tag);
        var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { packed.Headers.ETag } } };
        var known = await ada.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        Assert.Equal(["Accept-Encoding"], known.Headers.Vary);
    }

    [Fact]
    public async Task Small_answers_and_files_stay_as_they_are()
    {
        var ada = await SignInAsync();
        var small = await AskAsync(ada, HttpMethod.Get, "/api/tasks?tag=none", "br, gzip");
        Assert.Empty(small.Content.Headers.ContentEncoding);
        Assert.Empty(small.Headers.Vary);

        for (var i = 0; i < 10; i++)
            await ada.CreateAsync("noop", new { i }, new { delaySeconds = 1000 });
        var id = (await ada.CreateAsync("export", new { what = "tasks", format = "csv" })).Id();
        await ada.EndAsync(id);
        var file = await AskAsync(ada, HttpMethod.Get, $"/api/tasks/{id}/file", "br, gzip");
        Assert.Equal(HttpStatusCode.OK, file.StatusCode);
        Assert.True(file.Content.Headers.ContentLength > 1024);
        Assert.Empty(file.Content.Headers.ContentEncoding);
    }

    private static string Plain(byte[] bytes, string? encoding)
    {
        using var source = new MemoryStream(bytes);
        using Stream plain = encoding switch
        {
            "br" => new BrotliStream(source, CompressionMode.Decompress),
            "gzip" => new GZipStream(source, CompressionMode.Decompress),
            _ => source,
        };
        using var reader = new StreamReader(plain, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static Task<HttpResponseMessage> AskAsync(HttpClient client, HttpMethod method, string path, string? accepted)
    {
        var request = new HttpRequestMessage(method, path);
        if (accepted is not null)
            request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        return client.SendAsync(request);
    }
}
