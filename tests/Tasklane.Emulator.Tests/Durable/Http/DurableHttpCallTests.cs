using System.Net;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable.Http;

public sealed class DurableHttpCallTests(ManagementApp app) : IClassFixture<ManagementApp>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_sends_method_headers_and_content_and_brings_back_the_answer()
    {
        var response = await CallAsync(new DurableHttpRequest(HttpMethod.Put, Page("echo"))
        {
            Headers = new Dictionary<string, StringValues> { ["x-question"] = "why", ["Content-Type"] = "text/css" },
            Content = "body",
        });

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("text/css|body", response.Content);
        Assert.Equal("why", response.Headers!["x-answer"]);
    }

    [Fact]
    public async Task Call_without_retry_brings_back_a_failed_status()
    {
        var response = await CallAsync(new DurableHttpRequest(HttpMethod.Get, Page($"flaky/{Guid.NewGuid()}")));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task Call_is_retried_while_attempts_are_left()
    {
        var response = await CallAsync(new DurableHttpRequest(HttpMethod.Get, Page($"flaky/{Guid.NewGuid()}"))
        {
            HttpRetryOptions = new HttpRetryOptions { MaxNumberOfAttempts = 5, FirstRetryInterval = TimeSpan.FromMilliseconds(1) },
        });

        Assert.Equal("done", response.Content);
    }

    [Fact]
    public async Task Call_is_not_retried_on_other_statuses()
    {
        var response = await CallAsync(new DurableHttpRequest(HttpMethod.Get, Page($"flaky/{Guid.NewGuid()}"))
        {
            HttpRetryOptions = new HttpRetryOptions([HttpStatusCode.Conflict])
            {
                MaxNumberOfAttempts = 5,
                FirstRetryInterval = TimeSpan.FromMilliseconds(1),
            },
        });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task Accepted_work_is_polled_until_it_is_done()
    {
        var key = Guid.NewGuid();

        var response = await CallAsync(new DurableHttpRequest(HttpMethod.Post, Page($"slow/{key}"))
        {
            AsynchronousPatternEnabled = true,
        });

        Assert.Equal($"GET /api/slow/{key}", response.Content);
    }

    [Fact]
    public async Task Accepted_work_is_not_polled_unless_asked()
    {
        var response = await CallAsync(new DurableHttpRequest(HttpMethod.Post, Page($"slow/{Guid.NewGuid()}")));

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    [Fact]
    public async Task Call_that_nobody_answers_fails()
    {
        var ended = await EndAsync(new DurableHttpRequest(HttpMethod.Get, new Uri("http://127.0.0.1:1/")));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.True(ended.FailureDetails!.IsCausedBy<TaskFailedException>());
    }

    [Fact]
    public async Task Managed_identity_is_refused_by_name()
    {
        var ended = await EndAsync(new DurableHttpRequest(HttpMethod.Get, Page("echo"))
        {
            TokenSource = new ManagedIdentityTokenSource("https://vault.azure.net"),
        });

        Assert.Contains("managed identity", ended.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    private Uri Page(string path) => new(app.Http.BaseAddress!, $"/api/{path}");

    private async Task<DurableHttpResponse> CallAsync(DurableHttpRequest request)
    {
        var ended = await EndAsync(request);
        Assert.Null(ended.FailureDetails);
        return ended.ReadOutputAs<DurableHttpResponse>()!;
    }

    private async Task<OrchestrationMetadata> EndAsync(DurableHttpRequest request)
    {
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Call", request, Token);
        return await app.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token);
    }
}
