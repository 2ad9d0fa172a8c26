namespace Tasklane.Tasks.Problems;

/// <summary>A request that is refused as it stands. Says what is wrong with every part of it, in the reader's language.</summary>
/// <param name="code">One of <see cref="RequestErrors"/> or <see cref="TaskErrors"/>.</param>
/// <param name="args">What the code's text in <see cref="ProblemTexts"/> names.</param>
public sealed class InvalidRequestException(string code, params object[] args)
    : TaskException(code, ProblemTexts.Detail(code, Language.English, args))
{
    public IReadOnlyList<object> Args => args;

    /// <summary>The parts that are wrong; may be empty.</summary>
    public IReadOnlyList<FieldError> Errors { get; private init; } = [];

    /// <summary>Refuses fields of a request; the message names the first few of them.</summary>
    public static InvalidRequestException OfFields(string code, IReadOnlyList<FieldError> errors, params object[] args) =>
        new(code, [FieldErrors.Summary(errors, Language.English), .. args]) { Errors = errors };

    /// <summary>Refuses one field.</summary>
    public static InvalidRequestException OfField(string field, string code, params object[] args) =>
        OfFields(RequestErrors.InvalidField, [new FieldError(field, code, args)]);

    /// <summary>What is wrong, for a request that has this one as a part at a JSON pointer.</summary>
    public IEnumerable<FieldError> Below(string part) => Errors.Count == 0
        ? [new FieldError(part, FieldErrors.Rule, Message)]
        : Errors.Select(error => error with { Field = part + error.Field });

    /// <summary>The explanation in a language.</summary>
    public string DetailIn(Language language) => Errors.Count == 0
        ? ProblemTexts.Detail(Code, language, args)
        : ProblemTexts.Detail(Code, language, [FieldErrors.Summary(Errors, language), .. args.AsSpan(1)]);
}

/// <summary>One field that cannot be used.</summary>
/// <param name="Field">JSON pointer into the body ("/payload/seconds"), or the name of a query parameter or header.</param>
/// <param name="Code">One of <see cref="FieldErrors"/>.</param>
/// <param name="Args">What the code's text names: limits, and what came instead.</param>
public sealed record FieldError(string Field, string Code, params object[] Args);

/// <summary>Codes of requests that are refused before they reach a task.</summary>
public static class RequestErrors
{
    public const string InvalidJson = "invalid_json";
    public const string EmptyBody = "empty_body";
    public const string InvalidField = "invalid_field";
    public const string PayloadInvalid = "payload_invalid";
    public const string PayloadTooLarge = "payload_too_large";
    public const string BodyTooLarge = "body_too_large";
    public const string UnsupportedMediaType = "unsupported_media_type";
    public const string Unauthenticated = "unauthenticated";
    public const string Forbidden = "forbidden";
    public const string InvalidPage = "invalid_page";
    public const string InvalidPageSize = "invalid_page_size";
    public const string UnknownStatus = "unknown_status";
    public const string UnknownPriority = "unknown_priority";
    public const string UnknownLevel = "unknown_level";
    public const string InvalidQuery = "invalid_query";
    public const string UnknownEventType = "unknown_event_type";
    public const string WrongKey = "wrong_key";
    public const string TakesNoBlob = "takes_no_blob";
    public const string IntakeOff = "intake_off";
    public const string PoisonNotFound = "poison_not_found";
    public const string FileNotFound = "file_not_found";
    public const string UploadNotFound = "upload_not_found";
    public const string FileTooLarge = "file_too_large";
    public const string FileTooLong = "file_too_long";
    public const string FilesFull = "files_full";
    public const string FileComplete = "file_complete";
    public const string FileIncomplete = "file_incomplete";
    public const string OffsetMismatch = "offset_mismatch";
    public const string DigestMismatch = "digest_mismatch";
    public const string RangeNotSatisfiable = "range_not_satisfiable";
    public const string RouteNotFound = "route_not_found";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string RateLimited = "rate_limited";
    public const string BacklogFull = "backlog_full";
    public const string InternalError = "internal_error";
}
