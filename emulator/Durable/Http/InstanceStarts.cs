using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Tasklane.Emulator.Durable.Http;

/// <summary>Starts orchestrations over HTTP, and waits for them when the caller asks so.</summary>
internal sealed class InstanceStarts(DurableRoom durable, InstanceReading reading, ManagementAddresses addresses)
{
    private DurableTaskClient Client => durable.Client;

    public async Task StartAsync(HttpContext http)
    {
        var name = ManagementQuery.Route(http, "functionName")!;
        JsonElement? input;
        try
        {
            input = await ManagementJson.ReadBodyAsync(http);
        }
        catch (JsonException)
        {
            await ManagementJson.WriteErrorAsync(http, 400, "Invalid JSON content");
            return;
        }

        var options = new StartOrchestrationOptions(ManagementQuery.Route(http, "instanceId"))
        {
            Version = ManagementQuery.Text(http, "version") is { } version ? new TaskVersion(version) : null,
        };
        await StartedAsync(http, () => Client.ScheduleNewOrchestrationInstanceAsync(name, input, options, http.RequestAborted));
    }

    public async Task RestartAsync(HttpContext http)
    {
        var instanceId = ManagementQuery.InstanceId(http);
        if (await Client.GetInstanceAsync(instanceId, http.RequestAborted) is null)
        {
            await ManagementJson.WriteErrorAsync(http, 400, "InstanceId does not match a valid orchestration instance.");
            return;
        }

        var newId = ManagementQuery.Flag(http, "restartWithNewInstanceId", otherwise: true);
        await StartedAsync(http, () => Client.RestartAsync(instanceId, newId, http.RequestAborted));
    }

    private async Task StartedAsync(HttpContext http, Func<Task<string>> start)
    {
        string instanceId;
        try
        {
            instanceId = await start();
        }
        catch (ArgumentException wrong)
        {
            await ManagementJson.WriteErrorAsync(http, 400, wrong.Message);
            return;
        }
        catch (InvalidOperationException taken)
        {
            await ManagementJson.WriteErrorAsync(http, 409, taken.Message);
            return;
        }

        // The interval is only asked for: here nothing has to be polled.
        var polls = ManagementQuery.Seconds(http, "pollingInterval") is not null;
        if (polls && ManagementQuery.Seconds(http, "timeout") is { } timeout)
            await WaitAsync(http, instanceId, timeout);
        else
            await WriteLinksAsync(http, instanceId);
    }

    private async Task WaitAsync(HttpContext http, string instanceId, TimeSpan timeout)
    {
        using var end = new CancellationTokenSource(timeout, durable.Engine.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(end.Token, http.RequestAborted);
        OrchestrationMetadata instance;
        try
        {
            instance = await Client.WaitForInstanceCompletionAsync(instanceId, getInputsAndOutputs: true, both.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            await WriteLinksAsync(http, instanceId);
            return;
        }

        // A result is the answer itself; anything else is shown as an instance.
        if (instance.RuntimeStatus == OrchestrationRuntimeStatus.Completed)
            await ManagementJson.WriteAsync(http, 200, ManagementJson.Payload(instance.SerializedOutput));
        else
            await reading.WriteInstanceAsync(http, instanceId, failureIs500: false);
    }

    private Task WriteLinksAsync(HttpContext http, string instanceId)
    {
        var instance = $"{addresses.Of(http.Request)}/instances/{Uri.EscapeDataString(instanceId)}";
        var required = ManagementAddresses.QueryWith(addresses.Key);
        http.Response.Headers.Location = Link("");
        http.Response.Headers.RetryAfter = "10";
        return ManagementJson.WriteAsync(http, 202, new
        {
            id = instanceId,
            purgeHistoryDeleteUri = Link(""),
            sendEventPostUri = Link("/raiseEvent/{eventName}"),
            statusQueryGetUri = Link(""),
            terminatePostUri = Link("/terminate?reason={text}"),
            suspendPostUri = Link("/suspend?reason={text}"),
            resumePostUri = Link("/resume?reason={text}"),
            restartPostUri = Link("/restart"),
            rewindPostUri = Link("/rewind?reason={text}"),
        });

        string Link(string rest) => required.Length == 0 ? instance + rest : $"{instance}{rest}{(rest.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{required}";
    }
}
