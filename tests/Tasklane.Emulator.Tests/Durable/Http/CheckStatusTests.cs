using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Hosting;
using Tasklane.Emulator.Tests.Functions;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable.Http;

/// <summary>Functions that hand out an instance's addresses.</summary>
public sealed class CheckStatusTests : IAsyncLifetime
{
    private EmulatorHost app = null!;
    private HttpClient http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        app = await App.StartAsync(typeof(ManagementApp.Orchestrations), typeof(Starters));
        http = app.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.DisposeAsync();
    }

    [Fact]
    public async Task Check_status_response_leads_to_the_instance()
    {
        using var response = await http.PostAsync("/api/start/Double", null, Token);

        await AssertLeadsToInstanceAsync(http, response);
    }

    /// <summary>Synchronous writing needs the worker's own responses; Kestrel's refuse it, here and there.</summary>
    [Fact]
    public async Task Synchronous_check_status_response_leads_to_the_instance_without_aspnetcore()
    {
        await using var plain = await EmulatorHost.StartAsync(
            args => FunctionsApplication.CreateBuilder(args).Build().Run(),
            new EmulatorOptions { FunctionTypes = [typeof(ManagementApp.Orchestrations), typeof(Starters)] },
            Token);
        using var client = plain.CreateClient();

        using var response = await client.PostAsync("/api/startNow/Double", null, Token);

        await AssertLeadsToInstanceAsync(client, response);
    }

    [Fact]
    public async Task Addresses_are_those_a_proxy_says()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/start/Double");
        request.Headers.Add("X-Forwarded-Host", "tasks.example.com");
        request.Headers.Add("X-Forwarded-Proto", "https");

        using var response = await http.SendAsync(request, Token);

        Assert.StartsWith(
            "https://tasks.example.com/runtime/webhooks/durabletask/instances/", response.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_are_known_without_a_request()
    {
        var links = await http.GetFromJsonAsync<JsonElement>("/api/links/some%20id", Token);

        Assert.Equal(
            new Uri(app.BaseAddress, "/runtime/webhooks/durabletask/instances/some%20id").AbsoluteUri,
            links.GetProperty("StatusQueryGetUri").GetString());
    }

    [Theory]
    [InlineData("Double", HttpStatusCode.OK, "Completed")]
    [InlineData("Fail", HttpStatusCode.InternalServerError, "Failed")]
    public async Task Waiting_answers_the_ended_instance(string name, HttpStatusCode expected, string status)
    {
        using var response = await http.PostAsync($"/api/startAndWait/{name}", null, Token);

        var instance = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(status, instance.GetProperty("RuntimeStatus").GetString());
    }

    [Fact]
    public async Task Waiting_too_long_answers_the_addresses()
    {
        using var response = await http.PostAsync("/api/startAndWait/Wait", null, Token);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    private static async Task AssertLeadsToInstanceAsync(HttpClient http, HttpResponseMessage response)
    {
        var links = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(links.GetProperty("StatusQueryGetUri").GetString(), response.Headers.Location!.ToString());
        using var status = await http.GetAsync(response.Headers.Location, Token);
        var instance = await status.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal(links.GetProperty("Id").GetString(), instance.GetProperty("instanceId").GetString());
    }

    public static class Starters
    {
        [Function("Start")]
        public static async Task<HttpResponseData> StartAsync(
            [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "start/{name}")] HttpRequestData request,
            [DurableClient] DurableTaskClient client,
            string name)
        {
            var id = await client.ScheduleNewOrchestrationInstanceAsync(name, 1);
            return await client.CreateCheckStatusResponseAsync(request, id);
        }

        [Function("StartNow")]
        public static HttpResponseData StartNow(
            [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "startNow/{name}")] HttpRequestData request,
            [DurableClient] DurableTaskClient client,
            string name)
        {
            var id = client.ScheduleNewOrchestrationInstanceAsync(name, 1).GetAwaiter().GetResult();
            return client.CreateCheckStatusResponse(request, id);
        }

        [Function("StartAndWait")]
        public static async Task<HttpResponseData> StartAndWaitAsync(
            [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "startAndWait/{name}")] HttpRequestData request,
            [DurableClient] DurableTaskClient client,
            string name)
        {
            var id = await client.ScheduleNewOrchestrationInstanceAsync(name, 1);
            using var end = new CancellationTokenSource();
            if (name == "Wait")
                await end.CancelAsync();
            return await client.WaitForCompletionOrCreateCheckStatusResponseAsync(
                request, id, TimeSpan.FromMilliseconds(5), returnInternalServerErrorOnFailure: true, cancellation: end.Token);
        }

        [Function("Links")]
        public static async Task<HttpResponseData> LinksAsync(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "links/{id}")] HttpRequestData request,
            [DurableClient] DurableTaskClient client,
            string id)
        {
            var response = request.CreateResponse();
            await response.WriteAsJsonAsync(client.CreateHttpManagementPayload(id));
            return response;
        }
    }
}
