using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.DurableTask.Client;
using Tasklane.Emulator.Testing;
using Tasklane.Tasks;
using Xunit;

namespace Tasklane.Functions.Tests;

/// <summary>
/// No orchestration of a task that has ended stays open: on Azure each would be kept, billed and read for ever. Asked of every
/// app that a test has used, after the test; of the app that all share, about the tasks of the test's own users.
/// </summary>
internal static class OpenOrchestrations
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Of any task of the app.</summary>
    public static async Task AssertNoneAsync(FunctionsTestHost host)
    {
        using var http = host.CreateClient();
        var signedIn = await http.PostAsJsonAsync("/.auth/login/dev", new { user = "auditor", roles = new[] { "admin" } });
        signedIn.EnsureSuccessStatusCode();
        var token = (await signedIn.Content.ReadFromJsonAsync<JsonNode>())!["token"]!.GetValue<string>();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        await AssertNoneAsync(host, [http]);
    }

    /// <summary>Of the tasks that one of these callers may see.</summary>
    public static async Task AssertNoneAsync(FunctionsTestHost host, IReadOnlyCollection<HttpClient> callers)
    {
        using var patience = new CancellationTokenSource(Patience);
        foreach (var instance in await OpenAsync(host))
        {
            if (!TaskIds.TryParseInstance(instance, out var id, out _) || !await HasEndedAsync(callers, id))
                continue;
            try
            {
                await host.DurableTaskClient.WaitForInstanceCompletionAsync(instance, patience.Token);
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested)
            {
                Assert.Fail($"The task {id} has ended and its orchestration {instance} has not.");
            }
        }
    }

    private static async Task<IReadOnlyList<string>> OpenAsync(FunctionsTestHost host)
    {
        var open = new List<string>();
        var query = new OrchestrationQuery(Statuses:
            [OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Suspended]);
        await foreach (var instance in host.DurableTaskClient.GetAllInstancesAsync(query))
            open.Add(instance.InstanceId);
        return open;
    }

    private static async Task<bool> HasEndedAsync(IEnumerable<HttpClient> callers, string id)
    {
        foreach (var caller in callers)
        {
            using var answer = await caller.GetAsync($"/api/tasks/{id}");
            if (answer.IsSuccessStatusCode)
                return (await answer.Content.ReadFromJsonAsync<JsonNode>())!["status"]!.GetValue<string>() is "completed" or "failed" or "cancelled";
        }

        return false;
    }
}
