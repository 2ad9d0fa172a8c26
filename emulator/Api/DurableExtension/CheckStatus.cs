using System.Net;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Answers that tell a caller where to ask about an instance.</summary>
public static class DurableTaskClientExtensions
{
    private const string WebhookPath = "/runtime/webhooks/durabletask";

    /// <returns>202, a Location to poll, and all of the instance's addresses in the body.</returns>
    public static HttpResponseData CreateCheckStatusResponse(
        this DurableTaskClient client, HttpRequestData request, string instanceId, CancellationToken cancellation = default) =>
        client.CreateCheckStatusResponse(request, instanceId, HttpStatusCode.Accepted, cancellation);

    public static HttpResponseData CreateCheckStatusResponse(
        this DurableTaskClient client,
        HttpRequestData request,
        string instanceId,
        HttpStatusCode statusCode,
        CancellationToken cancellation = default)
    {
        var (response, payload) = StartResponse(client, request, instanceId, statusCode);
        WorkerSerializer.Of(response.FunctionContext)
            .Serialize(response.Body, payload, typeof(HttpManagementPayload), cancellation);
        return response;
    }

    /// <inheritdoc cref="CreateCheckStatusResponse(DurableTaskClient, HttpRequestData, string, CancellationToken)"/>
    public static Task<HttpResponseData> CreateCheckStatusResponseAsync(
        this DurableTaskClient client, HttpRequestData request, string instanceId, CancellationToken cancellation = default) =>
        client.CreateCheckStatusResponseAsync(request, instanceId, HttpStatusCode.Accepted, cancellation);

    public static async Task<HttpResponseData> CreateCheckStatusResponseAsync(
        this DurableTaskClient client,
        HttpRequestData request,
        string instanceId,
        HttpStatusCode statusCode,
        CancellationToken cancellation = default)
    {
        var (response, payload) = StartResponse(client, request, instanceId, statusCode);
        await WorkerSerializer.Of(response.FunctionContext)
            .SerializeAsync(response.Body, payload, typeof(HttpManagementPayload), cancellation);
        return response;
    }

    /// <exception cref="InvalidOperationException">There is no request, and the client has no host that listens.</exception>
    public static HttpManagementPayload CreateHttpManagementPayload(
        this DurableTaskClient client, string instanceId, HttpRequestData? request = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var webhook = request is not null
            ? HostAddress(request) + WebhookPath
            : DurableWebhook.Of(client) ?? throw new InvalidOperationException(
                    "Failed to create HTTP management payload as base URL is null. "
                    + "Either use Functions bindings or provide an HTTP request to create the HttpPayload.");
        return HttpManagementPayload.For(webhook, instanceId);
    }

    /// <summary>
    /// Waits until the instance has ended and answers with its state, or, when <paramref name="cancellation"/> fires
    /// first, as <c>CreateCheckStatusResponse</c> does.
    /// </summary>
    /// <param name="retryInterval">How often to look; one second unless given.</param>
    /// <param name="returnInternalServerErrorOnFailure">Whether a failed instance is answered with 500 instead of 200.</param>
    public static async Task<HttpResponseData> WaitForCompletionOrCreateCheckStatusResponseAsync(
        this DurableTaskClient client,
        HttpRequestData request,
        string instanceId,
        TimeSpan? retryInterval = null,
        bool returnInternalServerErrorOnFailure = false,
        bool getInputsAndOutputs = false,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(request);
        var time = request.FunctionContext.InstanceServices.GetService<TimeProvider>() ?? TimeProvider.System;
        try
        {
            while (true)
            {
                var instance = await client.GetInstanceAsync(instanceId, getInputsAndOutputs, CancellationToken.None);
                if (instance is { IsCompleted: true })
                    return await EndedAsync(request, instance, returnInternalServerErrorOnFailure);
                await Task.Delay(retryInterval ?? TimeSpan.FromSeconds(1), time, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            return await client.CreateCheckStatusResponseAsync(request, instanceId, CancellationToken.None);
        }
    }

    private static (HttpResponseData Response, HttpManagementPayload Payload) StartResponse(
        DurableTaskClient client, HttpRequestData request, string instanceId, HttpStatusCode statusCode)
    {
        ArgumentNullException.ThrowIfNull(request);
        var payload = client.CreateHttpManagementPayload(instanceId, request);
        var response = request.CreateResponse(statusCode);
        response.Headers.TryAddWithoutValidation("Location", payload.StatusQueryGetUri);
        response.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        return (response, payload);
    }

    private static async Task<HttpResponseData> EndedAsync(
        HttpRequestData request, OrchestrationMetadata instance, bool failureIs500)
    {
        var failed = failureIs500 && instance.RuntimeStatus == OrchestrationRuntimeStatus.Failed;
        var response = request.CreateResponse(failed ? HttpStatusCode.InternalServerError : HttpStatusCode.OK);
        await response.WriteAsJsonAsync(new
        {
            instance.Name,
            instance.InstanceId,
            instance.CreatedAt,
            instance.LastUpdatedAt,
            RuntimeStatus = instance.RuntimeStatus.ToString(),
            instance.SerializedInput,
            instance.SerializedOutput,
            instance.SerializedCustomStatus,
        });
        return response;
    }

    /// <summary>As the caller wrote it, also through a proxy that says so.</summary>
    private static string HostAddress(HttpRequestData request)
    {
        var forwarded = (First("Forwarded") ?? string.Empty).Split(';')
            .Select(pair => pair.Split('=', 2, StringSplitOptions.TrimEntries))
            .Where(pair => pair.Length == 2)
            .ToLookup(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var scheme = forwarded["proto"].FirstOrDefault() ?? First("X-Forwarded-Proto") ?? request.Url.Scheme;
        var host = forwarded["host"].FirstOrDefault() ?? First("X-Forwarded-Host") ?? request.Url.Authority;
        return $"{scheme}://{host}";

        string? First(string header) => request.Headers.TryGetValues(header, out var values) ? values.FirstOrDefault() : null;
    }
}
