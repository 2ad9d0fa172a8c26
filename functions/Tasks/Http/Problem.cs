using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http;

/// <summary>A problem document (RFC 9457) with a stable <c>code</c>, in the caller's language.</summary>
internal sealed record Problem(string Code, string Title, string Detail, IReadOnlyList<FieldError> Errors, Language Language)
{
    /// <summary>Seconds after which asking again may help.</summary>
    private const string RetryAfterSeconds = "2";

    /// <summary>The answer to a refusal. This is where codes become HTTP statuses.</summary>
    public static JsonAnswer<Problem> Answer(TaskException refusal, HttpRequest request)
    {
        var language = LanguageOf(request);
        return refusal is InvalidRequestException invalid
            ? Answer(invalid.Code, invalid.DetailIn(language), invalid.Errors, language)
            : Answer(refusal.Code, ProblemTexts.Detail(refusal.Code, language), [], language);
    }

    /// <summary>The answer to what nobody foresaw: the log has the reason under <paramref name="trace"/>, the caller only that.</summary>
    public static JsonAnswer<Problem> Unexpected(string trace, HttpRequest request)
    {
        var language = LanguageOf(request);
        return Answer(RequestErrors.InternalError, ProblemTexts.Detail(RequestErrors.InternalError, language, trace), [], language);
    }

    private static JsonAnswer<Problem> Answer(string code, string detail, IReadOnlyList<FieldError> errors, Language language)
    {
        var status = ProblemTexts.Status(code);
        return new JsonAnswer<Problem>(status, new Problem(code, ProblemTexts.Title(code, language), detail, errors, language), Write)
        {
            ContentType = "application/problem+json; charset=utf-8",
            // Where somebody was told when to come again, it stands in the answer already.
            RetryAfter = status == StatusCodes.Status503ServiceUnavailable || code == RequestErrors.BacklogFull ? RetryAfterSeconds : null,
        };
    }

    private static void Write(Utf8JsonWriter json, Problem problem)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, $"urn:tasklane:problem:{problem.Code}");
        json.WriteString("title"u8, problem.Title);
        json.WriteNumber("status"u8, ProblemTexts.Status(problem.Code));
        json.WriteString("code"u8, problem.Code);
        json.WriteString("detail"u8, problem.Detail);
        if (problem.Errors.Count > 0)
        {
            json.WriteStartArray("errors"u8);
            foreach (var error in problem.Errors)
            {
                json.WriteStartObject();
                json.WriteString("field"u8, error.Field);
                json.WriteString("code"u8, error.Code);
                json.WriteString("message"u8, FieldErrors.Message(error, problem.Language));
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    /// <summary>Chinese when Accept-Language likes it better than English, or as much and names it first; English otherwise.</summary>
    internal static Language LanguageOf(HttpRequest request)
    {
        var (best, liked) = (Language.English, 0d);
        foreach (var choice in request.GetTypedHeaders().AcceptLanguage)
        {
            Language? language = choice.Value.StartsWith("zh", StringComparison.OrdinalIgnoreCase) ? Language.Chinese
                : choice.Value.StartsWith("en", StringComparison.OrdinalIgnoreCase) ? Language.English
                : null;
            if (language is { } ours && (choice.Quality ?? 1) > liked)
                (best, liked) = (ours, choice.Quality ?? 1);
        }
        return best;
    }
}
