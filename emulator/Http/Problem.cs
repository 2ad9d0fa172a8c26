using System.Text;
using Microsoft.AspNetCore.Http;

namespace Tasklane.Emulator.Http;

/// <summary>Answers that say in one sentence what was wrong, and text of callers as it may be shown.</summary>
internal static class Problem
{
    private const int Shown = 100;

    /// <summary>Writes `{"status":403,"title":"..."}` as application/problem+json.</summary>
    public static Task WriteAsync(HttpContext http, int status, string sentence)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(
            new { status, title = sentence }, options: null, "application/problem+json", http.RequestAborted);
    }

    /// <summary>What a caller sent, for a log line or a sentence: control characters escaped, cut to 100 characters.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder();
        foreach (var character in text.AsSpan(0, Math.Min(text.Length, Shown)))
        {
            if (char.IsControl(character) || char.IsSurrogate(character) || character is '\u2028' or '\u2029')
                quoted.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else
                quoted.Append(character);
        }

        return text.Length > Shown ? quoted.Append("...").ToString() : quoted.ToString();
    }
}
