using Azure.Core;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace Tasklane.Stores.Entra;

/// <summary>
/// Signs Redis connections in with Entra tokens: the user is the identity's object id, the password its token. A connection that is made
/// takes the newest token by itself; one that stands is signed in again before its token ends, as the server closes it otherwise.
/// </summary>
public sealed class EntraRedis(TokenCredential credential, TimeProvider time, ILogger<EntraRedis> logger) : DefaultOptionsProvider, IDisposable
{
    private static readonly TokenRequestContext _scope = new(["https://redis.azure.com/.default"]);

    /// <summary>How long before its end a token is replaced; half its life where that is shorter.</summary>
    private static readonly TimeSpan _ahead = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan _again = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _end = new();
    private volatile SignedIn? _current;

    /// <summary>Asked for by the client while it connects, on a thread of its own; later ones find what the renewal left.</summary>
    public override string? User => Current().User;

    /// <inheritdoc cref="User"/>
    public override string? Password => Current().Token;

    public override Task AfterConnectAsync(ConnectionMultiplexer multiplexer, Action<string> log)
    {
        _ = Task.Run(() => KeepAsync(multiplexer, _end.Token));
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private SignedIn Current()
    {
        if (_current is { } current && current.ExpiresOn > time.GetUtcNow())
            return current;
        return _current = Read(credential.GetToken(_scope, _end.Token));
    }

    private async Task KeepAsync(ConnectionMultiplexer multiplexer, CancellationToken end)
    {
        var due = Due(Current());
        while (!end.IsCancellationRequested)
        {
            try
            {
                var wait = Task.Delay(due, time, end);
                logger.LogDebug("Redis is signed in to; again in {Minutes} minutes.", (int)due.TotalMinutes);
                await wait;
                var renewed = _current = Read(await credential.GetTokenAsync(_scope, end));
                foreach (var server in multiplexer.GetServers())
                {
                    // One that is away signs in anew when it is back.
                    if (server.IsConnected)
                        await server.ExecuteAsync("AUTH", renewed.User, renewed.Token);
                }
                due = Due(renewed);
            }
            catch (Exception over) when (over is ObjectDisposedException || end.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                logger.LogWarning(failure, "Redis could not be signed in to again; trying once more in {Seconds} s.", _again.TotalSeconds);
                due = _again;
            }
        }
    }

    private TimeSpan Due(SignedIn signedIn)
    {
        var left = signedIn.ExpiresOn - time.GetUtcNow();
        return left > 2 * _ahead ? left - _ahead : left > TimeSpan.Zero ? left / 2 : TimeSpan.Zero;
    }

    private static SignedIn Read(AccessToken token)
    {
        var user = new JsonWebToken(token.Token).TryGetPayloadValue<string>("oid", out var oid) ? oid : null;
        return new SignedIn(user ?? throw new InvalidOperationException("The Entra token for Redis has no object id (oid)."), token.Token, token.ExpiresOn);
    }

    private sealed record SignedIn(string User, string Token, DateTimeOffset ExpiresOn);
}
