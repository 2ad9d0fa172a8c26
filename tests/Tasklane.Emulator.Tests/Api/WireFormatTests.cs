using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Tasklane.Emulator.Tests.Api;

/// <summary>Types whose JSON other programs read or write.</summary>
public sealed class WireFormatTests
{
    [Fact]
    public void SignalR_invocation_reads_what_the_host_sends()
    {
        var context = JsonSerializer.Deserialize<SignalRInvocationContext>(
            """
            {"Arguments":["a"],"Category":"Messages","Event":"subscribe","Hub":"tasks","ConnectionId":"c","UserId":"u",
             "Headers":{"Accept":["a","b"]},"Query":{"x":"1"},"Claims":{}}
            """)!;

        Assert.Equal(SignalRInvocationCategory.Messages, context.Category);
        Assert.Equal(new StringValues(["a", "b"]), context.Headers["accept"]);
        Assert.Equal("1", context.Query["x"]);
    }

    [Fact]
    public void SignalR_actions_are_written_as_the_host_reads_them()
    {
        Assert.Equal(
            """{"ConnectionId":null,"UserId":"u","GroupName":null,"Target":"t","Arguments":[1],"Endpoints":null}""",
            JsonSerializer.Serialize(new SignalRMessageAction("t", [1]) { UserId = "u" }));
        Assert.Contains(
            "\"Action\":\"RemoveAll\"",
            JsonSerializer.Serialize(new SignalRGroupAction(SignalRGroupActionType.RemoveAll)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Durable_http_request_survives_serialization()
    {
        var request = new DurableHttpRequest(HttpMethod.Put, new Uri("http://localhost/x"))
        {
            Headers = new Dictionary<string, StringValues> { ["a"] = "1", ["b"] = new StringValues(["2", "3"]) },
            Content = "text",
            Timeout = TimeSpan.FromSeconds(5),
            HttpRetryOptions = new HttpRetryOptions([System.Net.HttpStatusCode.Conflict]) { MaxNumberOfAttempts = 2 },
            TokenSource = new ManagedIdentityTokenSource("https://vault", new ManagedIdentityOptions(tenantId: "t")),
        };

        var copy = JsonSerializer.Deserialize<DurableHttpRequest>(JsonSerializer.Serialize(request))!;

        Assert.Equal(HttpMethod.Put, copy.Method);
        Assert.Equal(request.Uri, copy.Uri);
        Assert.Equal(request.Headers, copy.Headers);
        Assert.Equal(TimeSpan.FromSeconds(5), copy.Timeout);
        Assert.Equal(2, copy.HttpRetryOptions!.MaxNumberOfAttempts);
        Assert.Equal(System.Net.HttpStatusCode.Conflict, Assert.Single(copy.HttpRetryOptions.StatusCodesToRetry));
        Assert.Equal("t", Assert.IsType<ManagedIdentityTokenSource>(copy.TokenSource).Options!.TenantId);
    }
}
