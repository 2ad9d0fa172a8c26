using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Tasks.Handling.Schemas;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Handling;

/// <summary>A task type: what people read about it, what its payload must be like, and how it is run.</summary>
public abstract class TaskTypeInfo
{
    private readonly SchemaNode _validator;
    private readonly PayloadRules? _rules;

    private protected TaskTypeInfo(TaskTypeAttribute attribute, Type payload)
    {
        (Name, Description, RequiredRole, IsInternal) = (attribute.Name, attribute.Description, attribute.RequiredRole, attribute.IsInternal);
        var schema = PayloadSchema.Of(payload);
        _validator = SchemaCompiler.Compile(schema);
        _rules = PayloadRules.Of(payload);
        Schema = schema.ToJsonString(HandlerJson.Options);
        BlobField = HandlerJson.Options.GetTypeInfo(payload).Properties.FirstOrDefault(one => one.PropertyType == typeof(BlobReference))?.Name;
    }

    public string Name { get; }

    public string Description { get; }

    /// <summary>Role that a creator must have; empty = everybody.</summary>
    public string RequiredRole { get; }

    /// <inheritdoc cref="TaskTypeAttribute.IsInternal"/>
    public bool IsInternal { get; }

    /// <summary>JSON Schema of the payload, as text.</summary>
    public string Schema { get; }

    /// <summary>The payload's field that is a <see cref="BlobReference"/>: a blob dropped for this type is put there. Null when it takes none.</summary>
    public string? BlobField { get; }

    /// <summary>
    /// What does not fit the schema or, when all of it does, breaks a rule that a schema cannot say; at most
    /// <see cref="SchemaCheck.MaxErrors"/> of it. Fields are pointers below <c>/payload</c>.
    /// </summary>
    /// <param name="services">What attributes may ask for; each check has a scope of its own.</param>
    public IReadOnlyList<FieldError> Validate(ReadOnlySpan<byte> payload, IServiceProvider? services = null)
    {
        const string Root = "/payload";
        var errors = SchemaCheck.Run(_validator, payload, Root);
        if (errors.Count > 0 || _rules is null)
            return errors;
        using var scope = services?.CreateScope();
        try
        {
            return _rules.Check(Read(payload), Root, scope?.ServiceProvider);
        }
        catch (JsonException unreadable)
        {
            return [new FieldError(Root, FieldErrors.Rule, unreadable.Message)];
        }
    }

    /// <summary>Whether a valid payload names a blob.</summary>
    internal bool NamesBlob(ReadOnlyMemory<byte> payload)
    {
        if (BlobField is null)
            return false;
        using var json = JsonDocument.Parse(payload);
        return json.RootElement.TryGetProperty(BlobField, out var blob) && blob.ValueKind == JsonValueKind.Object;
    }

    /// <summary>The services that the handler's constructor asks for and the container does not have, a sentence each.</summary>
    public abstract IEnumerable<string> MissingServices(IServiceProvider services);

    private protected abstract object? Read(ReadOnlySpan<byte> payload);

    /// <summary>
    /// Makes a handler in a scope of its own and runs it; the payload is read as the handler's record. The handler and what the
    /// scope made are disposed once the handler has ended, also one that was abandoned meanwhile.
    /// </summary>
    public abstract Task<Outcome> RunAsync(IServiceProvider services, string payloadJson, ITaskRun run);
}

/// <summary>The typed part: made once per handler at start, so that a run needs no reflection.</summary>
internal sealed class TaskTypeInfo<THandler, TPayload>(TaskTypeAttribute attribute) : TaskTypeInfo(attribute, typeof(TPayload))
    where THandler : class, ITaskHandler<TPayload>
{
    private static readonly ObjectFactory<THandler> Create = ActivatorUtilities.CreateFactory<THandler>([]);

    private protected override object? Read(ReadOnlySpan<byte> payload) => JsonSerializer.Deserialize<TPayload>(payload, HandlerJson.Options);

    public override IEnumerable<string> MissingServices(IServiceProvider services) => HandlerServices.Missing(typeof(THandler), services);

    public override async Task<Outcome> RunAsync(IServiceProvider services, string payloadJson, ITaskRun run)
    {
        TPayload? payload;
        try
        {
            payload = JsonSerializer.Deserialize<TPayload>(payloadJson, HandlerJson.Options);
        }
        catch (JsonException unreadable)
        {
            // Checked when the task was created, so the handler's record has changed since; another attempt would meet the same.
            throw new TaskFailedException(RequestErrors.PayloadInvalid, unreadable.Message, retry: false, inner: unreadable);
        }
        await using var scope = services.CreateAsyncScope();
        var handler = Create(scope.ServiceProvider, []);
        try
        {
            return await handler.RunAsync(payload!, run);
        }
        finally
        {
            if (handler is IAsyncDisposable asyncDisposable)
                await asyncDisposable.DisposeAsync();
            else
                (handler as IDisposable)?.Dispose();
        }
    }
}
