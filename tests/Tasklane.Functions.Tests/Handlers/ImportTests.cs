using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Tasklane.Handlers.Importing;
using Tasklane.Stores.Sql;
using Tasklane.Tasks;
using Tasklane.Tasks.Files;
using Tasklane.Tasks.Handling;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Handlers;

public sealed class ImportTests : IAsyncLifetime
{
    private readonly TempDirectory _data = new();
    private SqlStores _stores = null!;
    private FileService _files = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var options = new TasklaneOptions { Sqlite = Path.Combine(_data.Path, "files.db") };
        _stores = SqlStores.OpenSqlite(options, TimeProvider.System, NullLogger<SqlStores>.Instance);
        await _stores.Tasks.InitializeAsync(Ct);
        _files = new FileService(_stores.Files, Options.Create(options), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _stores.DisposeAsync();
        _data.Dispose();
    }

    /// <summary>Sliced, and killed between a chunk and its checkpoint: no row is lost, none is there twice.</summary>
    [Fact]
    public async Task An_import_that_is_broken_off_again_and_again_has_each_row_once()
    {
        const int Rows = 40_000;
        var text = new StringBuilder("n,text\n");
        for (var row = 0; row < Rows; row++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{(row % 100 == 99 ? "x" : row)},\"some text\nwith a line break, row {row}\"\n");
        var file = await _files.CreateAsync(new Caller("ada", "Ada"), "rows.csv", "text/csv", null, null, Ct);
        await _files.AppendAsync(file, 0, new MemoryStream(Encoding.UTF8.GetBytes(text.ToString())), null, Ct);
        var payload = new ImportPayload(file.Id, Columns: [new ImportColumn("n", ImportType.Integer, Required: true)]);
        var crashes = 0;
        var run = new TestRun { SliceChecks = 0 };
        run.OnCheckpoint = () =>
        {
            if (++crashes % 2 == 1)
                throw new InvalidOperationException("killed");
        };

        Outcome? outcome = null;
        for (var slices = 0; outcome is null or { IsContinue: true }; slices++)
        {
            Assert.True(slices < 100, "It does not come to an end.");
            run.SliceChecks = 0;
            try
            {
                outcome = await Handler().RunAsync(payload, run);
            }
            catch (InvalidOperationException)
            {
            }
        }

        var result = Assert.IsType<ImportResult>(outcome.Result);
        Assert.Equal((Rows, Rows / 100 * 99, Rows / 100), (result.Rows, result.Good, result.Bad));
        var lines = Encoding.UTF8.GetString([.. run.Chunks.Values.SelectMany(chunk => chunk)]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(result.File.Length, run.Chunks.Values.Sum(chunk => chunk.Length));
        Assert.Equal(Enumerable.Range(0, Rows).Where(row => row % 100 != 99), lines.Select(line => JsonNode.Parse(line)!["n"]!.GetValue<int>()));
        var bad = await _files.GetAsync(result.BadRowsFile!, "ada", Ct);
        using var reader = new StreamReader(_files.Open(bad));
        Assert.Equal(Rows / 100, (await reader.ReadToEndAsync(Ct)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length - 1);
        Assert.True(crashes > 4, "It was not broken off.");
    }

    [Theory]
    [InlineData("\uFEFFa,b\n1,2\n", "rows.csv", """{"a":"1","b":"2"}""")]
    [InlineData("a;b\r\n1;\"2;3\"\r\n", "rows.txt", """{"a":"1","b":"2;3"}""")]
    [InlineData("""{"a":1,"b":{"c":[1,2]}}""", "rows.jsonl", """{"a":1,"b":{"c":[1,2]}}""")]
    public async Task Rows_are_read_as_they_are_written(string text, string name, string expected)
    {
        var run = new TestRun();

        var result = await ImportAsync(text, name, run);

        Assert.Equal((1, 0), (result.Rows, result.Bad));
        Assert.Equal(expected + "\n", Encoding.UTF8.GetString(run.Chunks[0]));
    }

    [Theory]
    [InlineData("a,b\n1\n", "rows.csv", "has 1 fields where the first line has 2")]
    [InlineData("a,b\n1,2,3\n", "rows.csv", "has 3 fields where the first line has 2")]
    [InlineData("[1]\n", "rows.ndjson", "is no JSON object")]
    public async Task A_row_that_cannot_be_used_is_told_with_its_line(string text, string name, string reason)
    {
        var bad = Assert.Single((await ImportAsync(text, name, new TestRun())).FirstBad);

        Assert.Equal((name == "rows.csv" ? 2 : 1, null, reason), (bad.Line, bad.Column, bad.Reason));
    }

    /// <summary>An inch mark in one row once took all rows up to the next one away.</summary>
    [Fact]
    public async Task A_quote_within_a_field_is_a_sign_like_any_other()
    {
        var rows = Enumerable.Range(0, 1_000).Select(n => n % 300 == 3 ? $"pipe 5\" wide,{n}" : $"pipe,{n}");

        var result = await ImportAsync($"name,n\n{string.Join('\n', rows)}\n", "rows.csv", new TestRun());

        Assert.Equal((1_000, 0), (result.Rows, result.Bad));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'{', (byte)'"', (byte)'a', (byte)'"', (byte)':', (byte)'"', 0xE9, (byte)'"', (byte)'}' }, "is not UTF-8")]
    [InlineData(new byte[] { (byte)'{', (byte)'"', (byte)'a', (byte)'"', (byte)':', (byte)'"', (byte)'\\', (byte)'u', (byte)'d', (byte)'8', (byte)'0', (byte)'0', (byte)'"', (byte)'}' }, "has half a character (a surrogate without its other half)")]
    public async Task A_row_of_JSON_that_is_no_text_is_a_bad_row(byte[] row, string reason)
    {
        var file = await _files.CreateAsync(new Caller("ada", "Ada"), "rows.ndjson", "text/plain", null, null, Ct);
        await _files.AppendAsync(file, 0, new MemoryStream([.. row, (byte)'\n', .. """{"a":"fine"}"""u8]), null, Ct);

        var result = Assert.IsType<ImportResult>((await Handler().RunAsync(new ImportPayload(file.Id, Columns: [new ImportColumn("a")]), new TestRun())).Result);

        Assert.Equal((2, 1), (result.Rows, result.Bad));
        Assert.Equal(reason, result.FirstBad[0].Reason);
    }

    [Theory]
    [InlineData(ImportType.Integer, "1.5", "is no integer")]
    [InlineData(ImportType.Integer, "-4", "is less than -3")]
    [InlineData(ImportType.Number, "1e3", "is more than 5")]
    [InlineData(ImportType.Boolean, "maybe", "is no boolean")]
    [InlineData(ImportType.Date, "2026-02-30", "is no date (yyyy-MM-dd)")]
    [InlineData(ImportType.Time, "noon", "is no time (ISO 8601)")]
    [InlineData(ImportType.Text, "longer", "has more than 5 characters")]
    [InlineData(ImportType.Text, "", "is missing")]
    public async Task A_value_that_is_not_of_its_columns_type_is_told(ImportType type, string value, string reason)
    {
        var column = new ImportColumn("a", type, Required: true, Min: -3, Max: 5, MaxLength: 5);

        var bad = Assert.Single((await ImportAsync($"a,b\n{value},x\n", "rows.csv", new TestRun(), column)).FirstBad);

        Assert.Equal((2, "a", value, reason), (bad.Line, bad.Column, bad.Value, bad.Reason));
    }

    [Fact]
    public async Task A_file_in_another_encoding_is_refused()
    {
        var file = await _files.CreateAsync(new Caller("ada", "Ada"), "rows.csv", "text/csv", null, null, Ct);
        await _files.AppendAsync(file, 0, new MemoryStream([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("a,b\n1,2\n")]), null, Ct);

        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => Handler().RunAsync(new ImportPayload(file.Id), new TestRun()));

        Assert.Equal(("not_utf8", false), (failure.Code, failure.Retry));
    }

    private async Task<ImportResult> ImportAsync(string text, string name, TestRun run, params ImportColumn[] columns)
    {
        var file = await _files.CreateAsync(new Caller("ada", "Ada"), name, "text/plain", null, null, Ct);
        await _files.AppendAsync(file, 0, new MemoryStream(Encoding.UTF8.GetBytes(text)), null, Ct);
        return Assert.IsType<ImportResult>((await Handler().RunAsync(new ImportPayload(file.Id, Columns: columns), run)).Result);
    }

    private ImportHandler Handler() => new(_files, _stores.Files, null!, Options.Create(new TasklaneOptions()));
}
