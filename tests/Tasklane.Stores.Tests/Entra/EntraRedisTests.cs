using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Tasklane.Stores.Entra;
using Tasklane.Stores.Redis;
using Tasklane.Tasks;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Entra;

/// <summary>Against a server that lets in whom Azure Managed Redis would: the object id, with a token as its password.</summary>
public sealed class EntraRedisTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly Log _log = new();
    private RedisServer _server = null!;
    private ConnectionMultiplexer _admin = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync(ct: Ct);
        _admin = await ConnectionMultiplexer.ConnectAsync($"{_server.ConnectionString},allowAdmin=true");
        await AdmitAsync(1);
    }

    public async ValueTask DisposeAsync()
    {
        await _admin.CloseAsync(allowCommandsToComplete: false);
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_connection_is_made_as_the_identity_with_its_token()
    {
        var identity = new Identity(_time);
        using var entra = new EntraRedis(identity, _time, _log);
        await using var connection = new RedisConnection(_server.ConnectionString, signIn: entra);

        await connection.PingAsync(Ct);

        Assert.Equal("https://redis.azure.com/.default", Assert.Single(identity.Scopes.Distinct()));
        var clients = (string?)await _admin.GetDatabase().ExecuteAsync("CLIENT", "LIST");
        Assert.Contains($"user={Identity.ObjectId}", clients, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_standing_connection_signs_in_again_before_its_token_ends()
    {
        using var entra = new EntraRedis(new Identity(_time), _time, _log);
        await using var connection = new RedisConnection(_server.ConnectionString, signIn: entra);
        await connection.PingAsync(Ct);
        await _log.Said.UntilAsync(line => line.StartsWith("Redis is signed in to", StringComparison.Ordinal), ct: Ct);
        await AdmitAsync(2);

        _time.Advance(TimeSpan.FromMinutes(51));

        // Said once more when the server has taken the new token: with any other it answers WRONGPASS.
        Assert.StartsWith("Redis is signed in to; again in 49 minutes.", await _log.Said.NextAsync(ct: Ct), StringComparison.Ordinal);
        Assert.Equal(Identity.Token(2), entra.Password);
        await connection.PingAsync(Ct);
    }

    [Fact]
    public async Task A_token_that_the_server_does_not_take_is_told_and_another_is_tried()
    {
        using var entra = new EntraRedis(new Identity(_time), _time, _log);
        await using var connection = new RedisConnection(_server.ConnectionString, signIn: entra);
        await connection.PingAsync(Ct);
        await _log.Said.UntilAsync(line => line.StartsWith("Redis is signed in to", StringComparison.Ordinal), ct: Ct);

        _time.Advance(TimeSpan.FromMinutes(51));
        Assert.StartsWith("Redis could not be signed in to again; trying once more in 30 s.", await _log.Said.NextAsync(ct: Ct), StringComparison.Ordinal);
        await _log.Said.NextAsync(ct: Ct);
        await AdmitAsync(3);
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.StartsWith("Redis is signed in to", await _log.Said.NextAsync(ct: Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_made_later_takes_a_token_that_has_not_ended()
    {
        using var entra = new EntraRedis(new Identity(_time), _time, _log);
        await using (var first = new RedisConnection(_server.ConnectionString, signIn: entra))
            await first.PingAsync(Ct);
        await AdmitAsync(2, 3); // the first one's renewal may have taken one of them
        _time.Advance(TimeSpan.FromMinutes(61));

        await using var later = new RedisConnection(_server.ConnectionString, signIn: entra);
        await later.PingAsync(Ct);
    }

    [Fact]
    public async Task Without_an_identity_the_store_is_unavailable()
    {
        using var entra = new EntraRedis(new Identity(_time) { IsAway = true }, _time, _log);
        await using var connection = new RedisConnection(_server.ConnectionString, signIn: entra);

        var failure = await Assert.ThrowsAsync<TaskException>(() => connection.PingAsync(Ct));
        Assert.Equal(TaskErrors.StoreUnavailable, failure.Code);
    }

    /// <summary>From now on these tokens are the only ones the server knows; whoever is signed in stays so.</summary>
    private async Task AdmitAsync(params int[] numbers) => await _admin.GetDatabase().ExecuteAsync(
        "ACL", ["SETUSER", Identity.ObjectId, "on", "resetpass", .. numbers.Select(number => $">{Identity.Token(number)}"), "~*", "&*", "+@all"]);

    private sealed class Log : ILogger<EntraRedis>
    {
        public Signal<string> Said { get; } = new("a line about signing in");

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Send(formatter(state, exception));
    }
}
