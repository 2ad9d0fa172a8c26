using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>Reads query parameters; a bad one is refused with a code of its own and the way out.</summary>
internal readonly struct Query
{
    private const int MaxPage = 1_000_000;
    private const int MaxText = 200;
    private readonly Func<string, StringValues> _values;
    private readonly bool _onlyReads;

    public Query(HttpRequest request)
    {
        var query = request.Query;
        _values = name => query[name];
        _onlyReads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
    }

    /// <summary>Of values that stand elsewhere, under the names that parameters have.</summary>
    /// <param name="onlyReads">Nothing is done to what is found.</param>
    public Query(Func<string, StringValues> values, bool onlyReads = false) => (_values, _onlyReads) = (values, onlyReads);

    /// <summary>Null when it is absent or empty.</summary>
    public string? Text(string name)
    {
        var values = _values(name);
        if (values.Count == 0)
            return null;
        if (values.Count > 1)
            throw Refuse(RequestErrors.InvalidQuery, name, FieldErrors.Repeated, values.Count);
        var text = values[0];
        if (text is null or "")
            return null;
        if (Characters.Count(text) > MaxText)
            throw Refuse(RequestErrors.InvalidQuery, name, FieldErrors.MaxLength, MaxText, Characters.Count(text));
        return text.Any(char.IsControl) ? throw Refuse(RequestErrors.InvalidQuery, name, FieldErrors.Text) : text;
    }

    public long Number(string name, long otherwise, long least, long most, string code = RequestErrors.InvalidQuery)
    {
        if (Text(name) is not { } text)
            return otherwise;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Refuse(code, name, FieldErrors.Range, least, most, JsonFields.Shorten(text));
    }

    public int Page() => (int)Number("page", 1, 1, MaxPage, RequestErrors.InvalidPage);

    public int PageSize() => (int)Number("pageSize", 20, 1, TaskLimits.MaxPageSize, RequestErrors.InvalidPageSize);

    public TaskState? Status() => Text("status") is not { } text ? null
        : TaskStates.TryParse(text, out TaskState state) ? state
        : throw Refuse(RequestErrors.UnknownStatus, "status", FieldErrors.OneOf, "pending, running, completed, failed, cancelled", JsonFields.Shorten(text));

    public TaskPriority? Priority() => Text("priority") is not { } text ? null
        : TaskStates.TryParse(text, out TaskPriority priority) ? priority
        : throw Refuse(RequestErrors.UnknownPriority, "priority", FieldErrors.OneOf, "high, normal, low", JsonFields.Shorten(text));

    public TaskLogLevel? Level() => Text("level") is not { } text ? null
        : LevelNames.Find(text) ?? throw Refuse(RequestErrors.UnknownLevel, "level", FieldErrors.OneOf, LevelNames.All, JsonFields.Shorten(text));

    /// <summary>A range of the history; null when none is asked for. Minutes beside it would be another answer to the same question.</summary>
    internal HistoryRange? Range()
    {
        if (Text("range") is not { } text)
            return null;
        if (Text("minutes") is not null)
            throw Refuse(RequestErrors.InvalidQuery, "minutes", FieldErrors.NotTogether, "range");
        return HistoryRange.All.FirstOrDefault(range => range.Name == text)
            ?? throw Refuse(RequestErrors.InvalidQuery, "range", FieldErrors.OneOf, string.Join(", ", HistoryRange.All.Select(range => range.Name)), JsonFields.Shorten(text));
    }

    /// <summary>Any name that a type could have: tasks outlive the handlers of their types.</summary>
    public string? Type() => Text("type") is not { } type || type.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_') ? Text("type")
        : throw Refuse(RequestErrors.InvalidQuery, "type", FieldErrors.Pattern, "[a-z0-9_]+");

    /// <summary>A tag that no task can have is refused rather than never found.</summary>
    public string? Tag() => Text("tag") is not { } tag || TaskRequestRules.IsTag(tag) ? Text("tag")
        : throw Refuse(RequestErrors.InvalidQuery, "tag", FieldErrors.Length, 1, TaskLimits.MaxTagLength, Characters.Count(tag));

    private string? Parent() => Text("parent") is not { } parent || TaskIds.IsWellFormed(parent) ? Text("parent")
        : throw Refuse(RequestErrors.InvalidQuery, "parent", FieldErrors.Format, "task id", JsonFields.Shorten(parent));

    /// <summary>A search that could find nothing, or that would be made with a part of its words, is refused.</summary>
    private string? Search() => Text("q") is not { } text ? null
        : SearchWords.Count(text) is > 0 and <= SearchWords.MaxWords ? text
        : throw Refuse(RequestErrors.InvalidQuery, "q", FieldErrors.Words, SearchWords.MaxWords);

    /// <summary>
    /// Whose tasks the caller asks for: their own; with <c>owner=all</c> everybody's (null), or with an id that user's, which
    /// needs a role: viewer to read, operator to act.
    /// </summary>
    public string? Owner(Caller caller) => Text("owner") switch
    {
        null or "me" => caller.Id,
        var other when other == caller.Id => caller.Id,
        _ when !(_onlyReads ? caller.SeesAll : caller.ActsOnAll) =>
            throw new InvalidRequestException(RequestErrors.Forbidden, _onlyReads ? Caller.ViewerRole : Caller.OperatorRole),
        "all" => null,
        var other => other,
    };

    /// <summary>The filters of a list.</summary>
    public TaskQuery Tasks(Caller caller) => new()
    {
        Owner = Owner(caller),
        Status = Status(),
        Type = Type(),
        Priority = Priority(),
        Tag = Tag(),
        Parent = Parent(),
        Text = Search(),
        Page = Page(),
        After = Text("after") is null ? null : Number("after", 0, 0, long.MaxValue),
        PageSize = PageSize(),
    };

    private static InvalidRequestException Refuse(string code, string name, string reason, params object[] args) =>
        InvalidRequestException.OfFields(code, [new FieldError(name, reason, args)]);
}
