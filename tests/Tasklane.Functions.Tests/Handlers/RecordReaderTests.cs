using System.Text;
using Tasklane.Handlers.Importing;

namespace Tasklane.Functions.Tests.Handlers;

public sealed class RecordReaderTests
{
    [Theory]
    [InlineData("a,b\r\nc,d\r\n", "1:a,b|2:c,d")]
    [InlineData("a\n\n\nb", "1:a|4:b")]
    [InlineData("\"x\ny\",1\nz,2\n", "1:\"x\ny\",1|3:z,2")]
    [InlineData("\"he said \"\"no\"\"\n\"\nnext", "1:\"he said \"\"no\"\"\n\"|3:next")]
    [InlineData("a\"b,c\n1,2\n3\",4\n", "1:a\"b,c|2:1,2|3:3\",4")]
    [InlineData("x,\"a\"\"b\nc\",d\ne", "1:x,\"a\"\"b\nc\",d|3:e")]
    [InlineData("", "")]
    [InlineData("\n\r\n", "")]
    [InlineData("ok\n\"never closed\nstill here\n", "1:ok|2!\"never closed|3:still here")]
    public async Task ReadAsync_splits_into_records_with_their_lines(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', (await ReadAsync(Encoding.UTF8.GetBytes(text), quotes: true)).Select(one => one.Text)));

    [Fact]
    public async Task ReadAsync_passes_over_a_record_that_is_too_long()
    {
        var text = $"before\n{new string('x', (3 * RecordReader.LongestRecord) + 7)}\nafter\n";

        var records = await ReadAsync(Encoding.UTF8.GetBytes(text), quotes: true);

        Assert.Equal(["1:before", $"2!{new string('x', 200)}", "3:after"], records.Select(one => one.Text));
    }

    [Fact]
    public async Task ReadAsync_knows_quotes_only_where_records_have_them() =>
        Assert.Equal(["1:a\"b", "2:c"], (await ReadAsync("a\"b\nc"u8.ToArray(), quotes: false)).Select(one => one.Text));

    [Fact]
    public async Task Whoever_stops_anywhere_goes_on_with_the_next_record()
    {
        var random = new Random(7);
        var text = new StringBuilder();
        for (var row = 0; row < 3_000; row++)
            text.Append(random.Next(4) == 0 ? $"\"{row}\n{new string('y', random.Next(200))}\",{row}\r\n" : $"{row},{new string('z', random.Next(300))}\n");
        var bytes = Encoding.UTF8.GetBytes(text.ToString());

        var whole = await ReadAsync(bytes, quotes: true);
        foreach (var at in Enumerable.Range(0, 40).Select(_ => random.Next(whole.Count)))
        {
            var (position, line) = (whole[at].Next, whole[at].NextLine);
            Assert.Equal(whole.Skip(at + 1).Select(one => one.Text), (await ReadAsync(bytes[(int)position..], quotes: true, position, line)).Select(one => one.Text));
        }
    }

    [Theory]
    [InlineData("a,b,c", ',', "a|b|c")]
    [InlineData("a;\"b;c\";", ';', "a|b;c|")]
    [InlineData("\"say \"\"hi\"\"\",2", ',', "say \"hi\"|2")]
    [InlineData("", ',', "")]
    [InlineData("a\"b,c", ',', "a\"b|c")]
    public void Split_takes_quotes_away(string record, char delimiter, string expected)
    {
        var fields = new List<string>();

        Assert.Null(Csv.Split(record, delimiter, fields));
        Assert.Equal(expected, string.Join('|', fields));
    }

    [Theory]
    [InlineData("\"a\"b,c", "has text behind a closing quote, at character 4")]
    [InlineData("\"a", "has a double quote that is not closed")]
    public void Split_says_what_is_wrong(string record, string problem) => Assert.Equal(problem, Csv.Split(record, ',', []));

    [Theory]
    [InlineData("a;b;c,d", ';')]
    [InlineData("a\tb", '\t')]
    [InlineData("\"a,b,c\"|d", '|')]
    [InlineData("a", ',')]
    public void The_delimiter_is_found_outside_of_quotes(string line, char delimiter) => Assert.Equal(delimiter, Csv.GuessDelimiter(line));

    private static async Task<List<(string Text, long Next, long NextLine)>> ReadAsync(byte[] bytes, bool quotes, long position = 0, long line = 1)
    {
        var reader = new RecordReader(new MemoryStream(bytes), position, line, quotes);
        var records = new List<(string, long, long)>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken) is { } record)
            records.Add(($"{record.Line}{(record.Problem is null ? ':' : '!')}{Encoding.UTF8.GetString(record.Bytes.Span)}", reader.Position, reader.Line));
        return records;
    }
}
