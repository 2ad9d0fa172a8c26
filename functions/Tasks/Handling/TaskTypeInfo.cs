using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Tasks.Handling.Schemas;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Handling;

/// <summary>A task type: what people read about it, what its payload must be like, and how it is run.</summary>
public abstract class TaskTypeInfo
{
    private readonly SchemaNode _validator;

    private protected TaskTypeInfo(TaskTypeAttribute attribute, Type payload)
    {
        (Name, Description, RequiredRole) = (attribute.Name, attribute.Description, attribute.RequiredRole);
        var schema = PayloadSchema.Of(payload);
        _validator = SchemaCompiler.Compile(schema);
        Schema = schema.ToJsonString(HandlerJson.Options);
    }

    public string Name { get; }

    public string Description { get; }

    /// <summary>Role that a creator must have; empty = everybody.</summary>
    public string RequiredRole { get; }

    /// <summary>JSON Schema of the payload, as text.</summary>
    public string Schema { get; }

    /// <summary>What does not fit the schema, at most <see cref="SchemaCheck.MaxErrors"/> of it; empty when all does. Fields are pointers below <c>/payload</c>.</summary>
    public IReadOnlyList<FieldError> Validate(ReadOnlySpan<byte> payload) => SchemaCheck.Run(_validator, payload, "/payload");

    /// <summary>Makes a handler from the container and runs it; the payload is read as the handler's record.</summary>
    public abstract Task<Outcome> RunAsync(IServiceProvider services, string payloadJson, ITaskRun run);
}

/// <summary>The typed part: made once per handler at start, so that a run needs no reflection.</summary>
internal sealed class TaskTypeInfo<THandler, TPayload>(TaskTypeAttribute attribute) : TaskTypeInfo(attribute, typeof(TPayload))
    where THandler : class, ITaskHandler<TPayload>
{
    private static readonly ObjectFactory<THandler> Create = ActivatorUtilities.CreateFactory<THandler>([]);

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
        var handler = Create(services, []);
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
