using Tasklane.Handlers.Exporting;
using Xunit;

namespace Tasklane.Functions.Tests.Handlers;

public sealed class CsvTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"")]
    [InlineData("", "")]
    public void Quoted_text_is_one_field_and_no_formula(string text, string expected) => Assert.Equal(expected, CsvRows.Quoted(Cell.Text(text)));

    [Fact]
    public void Quoted_numbers_stay_numbers() => Assert.Equal("-1.5", CsvRows.Quoted(Cell.Plain($"{-1.5}")));
}
