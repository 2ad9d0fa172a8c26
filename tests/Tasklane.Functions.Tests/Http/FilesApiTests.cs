using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Tasklane.Functions.Tests.Http;

/// <summary>Files that users send, and the tasks that read them.</summary>
public sealed class FilesApiTests(AppFixture app) : AppTests(app)
{
    [Fact]
    public async Task A_file_is_sent_whole_and_read_whole_or_in_part()
    {
        var ada = await SignInAsync();
        var bytes = RandomNumberGenerator.GetBytes(1_300_000);

        var answer = await ada.PostAsync("/api/files?name=data.bin", new ByteArrayContent(bytes));

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var file = await answer.JsonAsync();
        Assert.Equal($"/api/files/{file.Id()}", answer.Headers.Location?.ToString());
        Assert.Equal((1_300_000, 1_300_000, true), (file["size"]!.GetValue<int>(), file["length"]!.GetValue<int>(), file["complete"]!.GetValue<bool>()));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), file.Text("sha256"));
        Assert.Equal(file.ToJsonString(), (await ada.GetJsonAsync($"/api/files/{file.Id()}")).ToJsonString());
        Assert.Equal(bytes, await ada.GetByteArrayAsync($"/api/files/{file.Id()}/content"));
        using var part = new HttpRequestMessage(HttpMethod.Get, $"/api/files/{file.Id()}/content") { Headers = { Range = new RangeHeaderValue(524_280, 524_300) } };
        var ranged = await ada.SendAsync(part);
        Assert.Equal(HttpStatusCode.PartialContent, ranged.StatusCode);
        Assert.Equal(bytes[524_280..524_301], await ranged.Content.ReadAsByteArrayAsync());
        Assert.Equal([file.Id()], (await ada.GetJsonAsync("/api/files"))["files"]!.AsArray().Select(one => one!.Id()));
        Assert.Equal(HttpStatusCode.NoContent, (await ada.DeleteAsync($"/api/files/{file.Id()}")).StatusCode);
        await (await ada.GetAsync($"/api/files/{file.Id()}/content")).ProblemAsync(HttpStatusCode.NotFound, "upload_not_found");
    }

    [Fact]
    public async Task A_file_is_sent_in_parts_each_of_which_may_be_sent_again()
    {
        var ada = await SignInAsync();
        var bytes = RandomNumberGenerator.GetBytes(1_000);
        var file = await (await ada.PostAsync("/api/files?name=parts.bin&length=1000", new ByteArrayContent(bytes[..300]))).JsonAsync();
        Assert.Equal((300, false), (file["size"]!.GetValue<int>(), file["complete"]!.GetValue<bool>()));
        await (await ada.GetAsync($"/api/files/{file.Id()}/content")).ProblemAsync(HttpStatusCode.Conflict, "file_incomplete");

        await (await PatchAsync(400, bytes[400..])).ProblemAsync(HttpStatusCode.Conflict, "offset_mismatch");
        Assert.Equal(700, (await (await PatchAsync(300, bytes[300..700])).JsonAsync())["size"]!.GetValue<int>());
        Assert.Equal(700, (await (await PatchAsync(200, bytes[200..700])).JsonAsync())["size"]!.GetValue<int>());
        await (await PatchAsync(700, [.. bytes[700..], 1])).ProblemAsync(HttpStatusCode.BadRequest, "file_too_long");
        var whole = await (await PatchAsync(700, bytes[700..])).JsonAsync();

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), whole.Text("sha256"));
        Assert.Equal(bytes, await ada.GetByteArrayAsync($"/api/files/{file.Id()}/content"));
        await (await PatchAsync(1000, [])).ProblemAsync(HttpStatusCode.Conflict, "file_complete");

        Task<HttpResponseMessage> PatchAsync(int offset, byte[] part) => ada.PatchAsync($"/api/files/{file.Id()}?offset={offset}", new ByteArrayContent(part));
    }

    [Fact]
    public async Task The_same_file_under_its_key_is_the_first_one_and_another_is_refused()
    {
        var ada = await SignInAsync();
        var first = await (await SendAsync("a.csv", "a,b\n")).JsonAsync();

        Assert.Equal(first.ToJsonString(), (await (await SendAsync("a.csv", "a,b\n")).JsonAsync()).ToJsonString());
        await (await SendAsync("b.csv", "a,b\n")).ProblemAsync(HttpStatusCode.Conflict, "idempotency_conflict");
        Assert.Single((await ada.GetJsonAsync("/api/files"))["files"]!.AsArray());

        async Task<HttpResponseMessage> SendAsync(string name, string text)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/files?name={name}") { Content = new StringContent(text, Encoding.UTF8, "text/csv") };
            request.Headers.Add("Idempotency-Key", "upload-1");
            return await ada.SendAsync(request);
        }
    }

    [Fact]
    public async Task What_cannot_be_taken_is_refused_and_leaves_nothing()
    {
        var (ada, bob) = (await SignInAsync(), await SignInAsync());
        var others = (await (await bob.PostAsync("/api/files", new ByteArrayContent([1]))).JsonAsync()).Id();

        await (await ada.GetAsync($"/api/files/{others}")).ProblemAsync(HttpStatusCode.NotFound, "upload_not_found");
        await (await ada.DeleteAsync($"/api/files/{others}")).ProblemAsync(HttpStatusCode.NotFound, "upload_not_found");
        await (await ada.PostAsync("/api/files?name=a%2Fb", new ByteArrayContent([1]))).ProblemAsync(HttpStatusCode.BadRequest, "invalid_query");
        await (await ada.PostAsync("/api/files?length=2000000000", new ByteArrayContent([1]))).ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "file_too_large");
        await (await ada.PostAsync($"/api/files?sha256={new string('0', 64)}", new ByteArrayContent([1]))).ProblemAsync(HttpStatusCode.BadRequest, "digest_mismatch");
        Assert.Empty((await ada.GetJsonAsync("/api/files"))["files"]!.AsArray());
    }

    [Fact]
    public async Task Ten_thousand_rows_with_thirty_seven_bad_ones_are_imported_and_the_bad_ones_told()
    {
        var ada = await SignInAsync();
        var text = new StringBuilder("id,name,amount,day\r\n");
        for (var row = 1; row <= 10_000; row++)
        {
            var isBad = row % 270 == 0;
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{row},\"name, of {row}\",{(isBad ? "much" : "12.50")},2026-01-{(row % 28) + 1:00}\r\n");
        }
        var file = (await (await ada.PostAsync("/api/files?name=rows.csv", new StringContent(text.ToString()))).JsonAsync()).Id();
        object[] columns = [new { name = "id", type = "integer", required = true }, new { name = "amount", type = "number" }, new { name = "day", type = "date" }];

        var id = (await ada.CreateAsync("import", new { file, columns })).Id();
        var ended = await ada.EndAsync(id);

        Assert.Equal("completed", ended.Text("status"));
        var result = ended["result"]!;
        Assert.Equal((10_000, 9_963, 37), (result["rows"]!.GetValue<int>(), result["good"]!.GetValue<int>(), result["bad"]!.GetValue<int>()));
        Assert.Equal("""{"line":271,"column":"amount","value":"much","reason":"is no number"}""", result["firstBad"]![0]!.ToJsonString());
        var good = (await ada.GetStringAsync($"/api/tasks/{id}/file")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("""{"id":1,"name":"name, of 1","amount":12.50,"day":"2026-01-02"}""", good[0]);
        Assert.Equal(Enumerable.Range(1, 10_000).Where(row => row % 270 != 0), good.Select(line => JsonNode.Parse(line)!["id"]!.GetValue<int>()));
        var bad = (await ada.GetStringAsync($"/api/files/{result.Text("badRowsFile")}/content")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("line,column,value,reason", bad[0]);
        Assert.Equal(Enumerable.Range(1, 37).Select(n => $"{(n * 270) + 1},\"amount\",\"much\",\"is no number\""), bad[1..]);
    }

    [Fact]
    public async Task An_import_with_too_many_bad_rows_fails_and_tells_them()
    {
        var ada = await SignInAsync();
        var text = string.Join('\n', Enumerable.Range(0, 100).Select(row => row % 2 == 0 ? $$"""{"n":{{row}}}""" : "rubbish"));
        var file = (await (await ada.PostAsync("/api/files?name=rows.ndjson", new StringContent(text))).JsonAsync()).Id();

        var ended = await ada.EndAsync((await ada.CreateAsync("import", new { file, maxBadRows = 10 })).Id());

        Assert.Equal(("failed", "too_many_bad_rows"), (ended.Text("status"), ended["error"]!.Text("code")));
        Assert.Equal(11, ended["error"]!["details"]!["bad"]!.GetValue<int>());
        var bad = await ada.GetStringAsync($"/api/files/{ended["error"]!["details"]!.Text("badRowsFile")}/content");
        Assert.Equal(12, bad.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("a,a\n1,2\n", "duplicate_columns")]
    [InlineData("b\n1\n", "missing_columns")]
    [InlineData("\"a,b\n1,2\n", "bad_header")]
    public async Task A_file_whose_first_line_is_no_header_is_not_imported(string text, string code)
    {
        var ada = await SignInAsync();
        var file = (await (await ada.PostAsync("/api/files?name=rows.csv", new StringContent(text))).JsonAsync()).Id();

        var ended = await ada.EndAsync((await ada.CreateAsync("import", new { file, columns = new[] { new { name = "a", required = true } } })).Id());

        Assert.Equal(("failed", code, 0), (ended.Text("status"), ended["error"]!.Text("code"), ended["retryCount"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Nobody_imports_anothers_file()
    {
        var (ada, bob) = (await SignInAsync(), await SignInAsync());
        var file = (await (await bob.PostAsync("/api/files", new StringContent("a\n1\n"))).JsonAsync()).Id();

        var ended = await ada.EndAsync((await ada.CreateAsync("import", new { file })).Id());

        Assert.Equal(("failed", "upload_not_found"), (ended.Text("status"), ended["error"]!.Text("code")));
    }
}
