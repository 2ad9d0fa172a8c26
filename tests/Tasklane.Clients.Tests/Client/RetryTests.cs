using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Tasklane.Client;
using Tasklane.Testbed;

namespace Tasklane.Clients.Tests.Client;

/// <summary>What is sent again, and what must not be: requests reach the real app, and it is their answers that get lost.</summary>
public sealed class RetryTests(AppFixture app)
{
    private const string OutcomeUnknown = """{"type":"urn:tasklane:problem:outcome_unknown","title":"It is not known","status":503,"code":"outcome_unknown","detail":"Repeat it."}""";

    [Theory]
    [InlineData(Loss.Connection)]
    [InlineData(Loss.OutcomeUnknown)]
    [InlineData(Loss.BadGateway)]
    public async Task A_creation_whose_answer_got_lost_is_repeated_under_its_key_and_makes_one_task(Loss loss)
    {
        var lossy = new Lossy { Losses = 2, Kind = loss, Where = request => request.Method == HttpMethod.Post && request.RequestUri!.AbsolutePath == "/api/tasks" };
        await using var client = app.SignIn(through: lossy);

        var task = await client.CreateAsync("noop", new { });

        Assert.Equal(3, lossy.Sent);
        Assert.Equal(task.Id, (await client.ListAsync().SingleAsync()).Id);
    }

    [Theory]
    [InlineData(Loss.Connection, "unreachable")]
    [InlineData(Loss.OutcomeUnknown, "outcome_unknown")]
    public async Task What_has_no_key_is_not_repeated_when_nobody_knows_whether_it_was_done(Loss loss, string code)
    {
        var lossy = new Lossy { Losses = 1, Kind = loss, Where = request => request.Method == HttpMethod.Delete };
        await using var client = app.SignIn(through: lossy);
        var task = await client.CreateAsync("noop", new { }, new TaskOptions { Delay = TimeSpan.FromHours(1) });

        var failure = await Assert.ThrowsAsync<TasklaneException>(() => client.CancelPendingAsync(task.Id));

        Assert.Equal((code, 1), (failure.Code, lossy.Sent));
        Assert.Equal(TaskState.Cancelled, (await client.GetAsync(task.Id)).Status);
    }

    [Fact]
    public async Task One_key_of_the_caller_s_makes_one_task_whoever_asks_again()
    {
        await using var client = app.SignIn();
        var options = new TaskOptions { IdempotencyKey = "order-4711" };
        var first = await client.CreateAsync("noop", new { }, options);
        Assert.Equal(first.Id, (await client.CreateAsync("noop", new { }, options)).Id);
        Assert.NotEqual(first.Id, (await client.CreateAsync("noop", new { })).Id);
    }

    [Fact]
    public async Task A_limit_is_waited_for_as_long_as_the_service_says_and_no_longer_than_the_caller_wants()
    {
        using var data = new TempDirectory();
        await using var host = await AppFixture.StartAsync(data.Path, ("Tasklane__Limits__RequestsPerMinute", "60"));
        var credential = TasklaneCredential.LocalUser("ada");
        await using var hasty = new TasklaneClient(new TasklaneClientOptions { Url = host.BaseAddress, Credential = credential, MaxRetryWait = TimeSpan.Zero });
        await using var patient = new TasklaneClient(new TasklaneClientOptions { Url = host.BaseAddress, Credential = credential });

        var refusal = await Assert.ThrowsAsync<TasklaneException>(async () =>
        {
            for (var n = 0; n < 100; n++)
                await hasty.GetStatsAsync();
        });

        Assert.Equal(("rate_limited", HttpStatusCode.TooManyRequests), (refusal.Code, refusal.Status));
        Assert.InRange(refusal.RetryAfter!.Value.TotalSeconds, 1, 60);
        Assert.True((await patient.GetStatsAsync()).MaxRunning > 0);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_unreachable_with_the_reason()
    {
        await using var client = new TasklaneClient(new TasklaneClientOptions { Url = new Uri($"http://localhost:{FreePort.Next()}"), MaxRetries = 0 });
        var failure = await Assert.ThrowsAsync<TasklaneException>(() => client.GetHealthAsync());
        Assert.Equal((TasklaneException.Unreachable, null), (failure.Code, failure.Status));
        Assert.Contains("refused", failure.Detail, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_download_that_breaks_goes_on_where_it_was()
    {
        var lossy = new Lossy { Losses = 2, Kind = Loss.HalfOfTheBody, Where = request => request.RequestUri!.AbsolutePath.EndsWith("/file", StringComparison.Ordinal) };
        await using var client = app.SignIn(through: lossy);
        await client.CreateManyAsync([.. Enumerable.Range(0, 40).Select(_ => NewTask.Of("noop", new { }, new TaskOptions { Delay = TimeSpan.FromHours(1) }))]);
        var task = await client.CreateAsync("export", new { what = "tasks", format = "csv" });
        await client.WaitAsync(task.Id);
        using var broken = new MemoryStream();
        using var whole = new MemoryStream();

        var file = await client.DownloadAsync(task.Id, broken);
        await client.DownloadAsync(task.Id, whole);

        Assert.True(whole.Length > 1000);
        Assert.Equal(whole.ToArray(), broken.ToArray());
        Assert.Equal(whole.Length, file.Length);
        Assert.Equal([null, whole.Length / 2, whole.Length * 3 / 4], lossy.Ranges.Take(3));
    }

    [Fact]
    public async Task A_sign_in_that_has_run_out_is_made_anew_once()
    {
        var worn = new Worn { Requests = 1 };
        await using var client = app.SignIn(through: worn);
        Assert.True((await client.GetStatsAsync()).MaxRunning > 0);
        worn.Requests = 2;
        Assert.Equal("unauthenticated", (await Assert.ThrowsAsync<TasklaneException>(() => client.GetStatsAsync())).Code);
    }

    public enum Loss
    {
        Connection,
        OutcomeUnknown,
        BadGateway,
        HalfOfTheBody,
    }

    /// <summary>Loses answers on their way.</summary>
    private sealed class Lossy() : DelegatingHandler(new SocketsHttpHandler { UseCookies = false })
    {
        public required Func<HttpRequestMessage, bool> Where { get; init; }

        public required Loss Kind { get; init; }

        public required int Losses { get; set; }

        public int Sent { get; private set; }

        public List<long?> Ranges { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            if (!Where(request))
                return answer;
            Sent++;
            Ranges.Add(request.Headers.Range?.Ranges.Single().From);
            if (Losses-- <= 0)
                return answer;
            switch (Kind)
            {
                case Loss.HalfOfTheBody:
                    var bytes = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
                    var half = new StreamContent(new BrokenStream(bytes[..(bytes.Length / 2)]));
                    foreach (var (name, values) in answer.Content.Headers)
                        half.Headers.TryAddWithoutValidation(name, values);
                    answer.Content = half;
                    return answer;
                case Loss.Connection:
                    throw new HttpRequestException(HttpRequestError.ResponseEnded, "The connection was closed.");
                case Loss.OutcomeUnknown:
                    return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Content = new StringContent(OutcomeUnknown, Encoding.UTF8, "application/problem+json") };
                default:
                    return new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent("<h1>Bad gateway</h1>") };
            }
        }
    }

    /// <summary>Its first requests carry a token that the service does not accept any more.</summary>
    private sealed class Worn() : DelegatingHandler(new SocketsHttpHandler { UseCookies = false })
    {
        public int Requests { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.AbsolutePath.StartsWith("/api/", StringComparison.Ordinal) && Requests-- > 0)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "worn");
            return base.SendAsync(request, cancellationToken);
        }
    }

    /// <summary>Ends with a broken connection.</summary>
    private sealed class BrokenStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => Position < Length
            ? base.ReadAsync(buffer, cancellationToken)
            : throw new HttpIOException(HttpRequestError.ResponseEnded, "The connection was closed.");
    }
}
