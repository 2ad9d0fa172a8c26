using System.Text;

namespace Tasklane.Stores.Sql.Statements;

/// <summary>Servers' texts hold neither zeros (PostgreSQL) nor halves of surrogate pairs; each becomes U+FFFD.</summary>
internal static class ServerText
{
    public static string? Clean(string? text)
    {
        if (text is null) return null;
        if (text.Contains('\0')) text = text.Replace('\0', '\uFFFD');
        return text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0 ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
    }
}
