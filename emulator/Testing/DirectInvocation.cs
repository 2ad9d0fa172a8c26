using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Testing;

/// <summary>Runs one function because a test says so, with the data its trigger would bring.</summary>
internal static class DirectInvocation
{
    private static readonly JsonSerializerOptions _anyCase = new() { PropertyNameCaseInsensitive = true };

    public static async Task<string?> InvokeAsync(IServiceProvider host, string name, object? data, CancellationToken cancellationToken)
    {
        var function = host.GetRequiredService<FunctionCatalog>().Find(name)
            ?? throw new ArgumentException($"The app has no function '{name}'.", nameof(name));
        if (function.Error is not null)
            throw new ArgumentException(function.ErrorSentence, nameof(name));
        var trigger = function.Trigger!.Type;
        if (Is(trigger, "httpTrigger"))
            throw new ArgumentException($"'{function.Name}' is an HTTP function: call its route with CreateClient().", nameof(name));
        if (Is(trigger, "orchestrationTrigger") || Is(trigger, "entityTrigger"))
            throw new ArgumentException($"'{function.Name}' runs in turns: start, call or signal it with DurableTaskClient.", nameof(name));

        try
        {
            var response = await host.GetRequiredService<FunctionInvoker>()
                .InvokeAsync(new Invocation(function) { TriggerData = Data(trigger, data) }, cancellationToken);
            return response.ReturnValue?.DataCase switch
            {
                TypedData.DataOneofCase.String => response.ReturnValue.String,
                TypedData.DataOneofCase.Json => response.ReturnValue.Json,
                _ => null,
            };
        }
        catch (FunctionFailedException e)
        {
            throw new FunctionInvocationException(function.Name, e.Type, e.Message, e.WorkerStack, e);
        }
    }

    /// <summary>A result as the type a test wants: a text may be the result itself or JSON.</summary>
    public static TResult? Read<TResult>(string? result)
    {
        if (result is null)
            return default;
        if (typeof(TResult) == typeof(string))
            return (TResult)(object)(result is ['"', .., '"'] ? JsonSerializer.Deserialize<string>(result)! : result);
        return JsonSerializer.Deserialize<TResult>(result, _anyCase);
    }

    private static TypedData? Data(string trigger, object? data)
    {
        if (data is null)
            return Is(trigger, "timerTrigger") ? new TypedData { Json = """{"IsPastDue":false}""" } : null;
        if (data is byte[] bytes && !Is(trigger, "activityTrigger"))
            return new TypedData { Bytes = Google.Protobuf.ByteString.CopyFrom(bytes) };
        return new TypedData { String = data is string text && !Is(trigger, "activityTrigger") ? text : JsonSerializer.Serialize(data) };
    }

    private static bool Is(string trigger, string type) => trigger.Equals(type, StringComparison.OrdinalIgnoreCase);
}
