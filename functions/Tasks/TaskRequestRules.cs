using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks;

/// <summary>What a request must be like to become a task.</summary>
internal sealed class TaskRequestRules(TaskTypes types, TasklaneOptions options, TimeProvider time, IServiceProvider? services = null)
{
    private const int MaxRetries = 100;
    private const int DefaultTimeoutSeconds = 4 * 3600;
    private const double MaxFactor = 100;

    /// <summary>Checks every part and makes the new task; throws <see cref="InvalidRequestException"/> with all that is wrong.</summary>
    /// <param name="refs">What else than ids tasks to wait for may be called.</param>
    public NewTask Check(TaskRequest request, Caller caller, string source, IReadOnlySet<string>? refs = null)
    {
        if (!types.TryGet(request.Type, out var type) || (type.IsInternal && !request.IsByService))
            throw new InvalidRequestException(TaskErrors.UnknownType, Characters.Shorten(request.Type), types.Names);
        if (type.RequiredRole.Length > 0 && !caller.Has(type.RequiredRole))
            throw new InvalidRequestException(RequestErrors.Forbidden, type.RequiredRole);
        if (request.Payload.Length > TaskLimits.MaxPayloadBytes)
            throw new InvalidRequestException(RequestErrors.PayloadTooLarge, TaskLimits.MaxPayloadBytes);

        var now = time.GetUtcNow();
        var errors = new Errors();
        if (request.MaxRetries is { } retries && retries is < 0 or > MaxRetries)
            errors.Add("/maxRetries", FieldErrors.Range, 0, MaxRetries, request.MaxRetries);
        if (request.TimeoutSeconds is { } timeout && (timeout < 1 || timeout > options.MaxTimeoutSeconds))
            errors.Add("/timeoutSeconds", FieldErrors.Range, 1, options.MaxTimeoutSeconds, timeout);
        if (request.Backoff is { } backoff)
            CheckBackoff(backoff, errors);
        var runAt = CheckTime(request, now, errors);
        if (request.Tags.Count > 0)
            CheckTags(request.Tags, errors);
        if (request.After is { } after)
            CheckAfter(after, refs, errors);
        if (request.Unique is { } unique)
            CheckUnique(request, unique, errors);
        if (request.IdempotencyKey is { } key && RequestKey.Problem(key) is { } problem)
            errors.Add(problem);
        if (errors.List is { } list)
            throw InvalidRequestException.OfFields(RequestErrors.InvalidField, list);

        var wrong = type.Validate(request.Payload.Span, services);
        if (wrong.Count > 0)
            throw InvalidRequestException.OfFields(RequestErrors.PayloadInvalid, wrong, type.Name);
        // The app reads blobs with its own rights: only who has dropped one, or may see everything, has it read.
        if (source != BlobReference.Source && !caller.IsAdmin && type.NamesBlob(request.Payload))
            throw new InvalidRequestException(RequestErrors.Forbidden, Caller.AdminRole);

        return new NewTask
        {
            Id = TaskIds.New(now),
            Type = type.Name,
            Priority = request.Priority,
            Payload = Encoding.UTF8.GetString(request.Payload.Span),
            CreatedBy = caller.Id,
            Source = source,
            MaxRetries = request.MaxRetries ?? 3,
            TimeoutSeconds = request.TimeoutSeconds ?? Math.Min(DefaultTimeoutSeconds, options.MaxTimeoutSeconds),
            Backoff = request.Backoff ?? Backoff.Default,
            RunAt = runAt,
            After = request.After,
            Unique = request.Unique,
            Tags = request.Tags.Count < 2 ? request.Tags : [.. request.Tags.Distinct(StringComparer.Ordinal)],
            // No client's own key has a line break.
            IdempotencyKey = request is { IdempotencyKey: not null, PartName: not null } ? $"{request.PartName}\n{request.IdempotencyKey}" : request.IdempotencyKey,
            RequestHash = request.IdempotencyKey is null ? null : Hash(request),
        };
    }

    /// <summary>Whether a text can be a tag: 1 to 64 characters, none of them a control character.</summary>
    public static bool IsTag(string tag) => Characters.Count(tag) is > 0 and <= TaskLimits.MaxTagLength && Characters.AreVisible(tag);

    private static void CheckBackoff(Backoff backoff, Errors errors)
    {
        if (!(backoff.DelaySeconds > 0 && backoff.DelaySeconds <= TaskLimits.MaxDelaySeconds))
            errors.Add("/backoff/delaySeconds", FieldErrors.Range, 0.001, TaskLimits.MaxDelaySeconds, backoff.DelaySeconds);
        if (!(backoff.Factor >= 1 && backoff.Factor <= MaxFactor))
            errors.Add("/backoff/factor", FieldErrors.Range, 1, MaxFactor, backoff.Factor);
        if (!(backoff.MaxDelaySeconds > 0 && backoff.MaxDelaySeconds <= TaskLimits.MaxDelaySeconds))
            errors.Add("/backoff/maxDelaySeconds", FieldErrors.Range, 0.001, TaskLimits.MaxDelaySeconds, backoff.MaxDelaySeconds);
    }

    private static DateTimeOffset? CheckTime(TaskRequest request, DateTimeOffset now, Errors errors)
    {
        if (request is { DelaySeconds: not null, RunAt: not null })
        {
            errors.Add("/delaySeconds", FieldErrors.NotTogether, "runAt");
            return null;
        }
        if (request.DelaySeconds is { } delay)
        {
            if (delay >= 0 && delay <= TaskLimits.MaxDelaySeconds)
                return delay == 0 ? null : now.AddSeconds(delay);
            errors.Add("/delaySeconds", FieldErrors.Range, 0, TaskLimits.MaxDelaySeconds, delay);
        }
        if (request.RunAt is not { } at)
            return null;
        var latest = now.AddSeconds(TaskLimits.MaxDelaySeconds);
        if (at > latest)
            errors.Add("/runAt", FieldErrors.Most, Timestamps.Text(latest), Timestamps.Text(at));
        return at <= now ? null : at;
    }

    private static void CheckTags(IReadOnlyList<string> tags, Errors errors)
    {
        if (tags.Count > TaskLimits.MaxTags)
            errors.Add("/tags", FieldErrors.MaxItems, TaskLimits.MaxTags, tags.Count);
        for (var i = 0; i < Math.Min(tags.Count, TaskLimits.MaxTags); i++)
        {
            if (!Characters.AreVisible(tags[i]))
                errors.Add($"/tags/{i}", FieldErrors.Text);
            else if (!IsTag(tags[i]))
                errors.Add($"/tags/{i}", FieldErrors.Length, 1, TaskLimits.MaxTagLength, Characters.Count(tags[i]));
        }
    }

    private static void CheckAfter(TaskAfter after, IReadOnlySet<string>? refs, Errors errors)
    {
        if (after.Tasks.Count is 0 or > TaskLimits.MaxAfter)
            errors.Add("/after/tasks", after.Tasks.Count == 0 ? FieldErrors.MinItems : FieldErrors.MaxItems, after.Tasks.Count == 0 ? 1 : TaskLimits.MaxAfter, after.Tasks.Count);
        for (var i = 0; i < Math.Min(after.Tasks.Count, TaskLimits.MaxAfter); i++)
        {
            if (!TaskIds.IsWellFormed(after.Tasks[i]) && refs?.Contains(after.Tasks[i]) != true)
                errors.Add($"/after/tasks/{i}", FieldErrors.Format, refs is null ? "task id" : "task id or the ref of an earlier task", Characters.Shorten(after.Tasks[i]));
        }
    }

    private static void CheckUnique(TaskRequest request, TaskUnique unique, Errors errors)
    {
        if (RequestKey.Problem(unique.Key) is { } problem)
            errors.Add(problem with { Field = "/unique/key" });
        if (!(unique.ForSeconds >= 0 && unique.ForSeconds <= TaskLimits.MaxDelaySeconds))
            errors.Add("/unique/forSeconds", FieldErrors.Range, 0, TaskLimits.MaxDelaySeconds, unique.ForSeconds);
        // What replaces another waits for that one's end, whatever it is.
        if (unique.OnConflict == UniqueConflict.Replace && request.After is not null)
            errors.Add("/unique/onConflict", FieldErrors.NotTogether, "after");
    }

    /// <summary>Of what was asked, not of what came of it: a delay asked for twice is the same request though its time is not.</summary>
    private static string Hash(TaskRequest request)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var parts = string.Create(CultureInfo.InvariantCulture,
            $"{request.Type}\n{request.Priority}\n{request.MaxRetries}\n{request.TimeoutSeconds}\n{request.Backoff}\n"
            + $"{request.DelaySeconds}\n{request.RunAt?.UtcTicks}\n{string.Join('\n', request.Tags)}\n\n{TaskRelations.Write(new TaskRelations(null, request.After))}{request.Unique}");
        hash.AppendData(Encoding.UTF8.GetBytes(parts));
        hash.AppendData(request.Payload.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Made only when something is wrong.</summary>
    private sealed class Errors
    {
        public List<FieldError>? List { get; private set; }

        public void Add(string field, string code, params object[] args) => Add(new FieldError(field, code, args));

        public void Add(FieldError error) => (List ??= []).Add(error);
    }
}
