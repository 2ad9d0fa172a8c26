using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Client.Json;
using Tasklane.Client.Transport;

namespace Tasklane.Client.Following;

/// <summary>
/// One connection to the live hub for all tasks that are followed, made with the first of them. It only makes following faster: what it
/// misses, or cannot offer at all, followers fetch.
/// </summary>
internal sealed class LiveEvents(ApiCalls calls) : IAsyncDisposable
{
    /// <summary>A follower that is this far behind fetches what it missed.</summary>
    private const int MostKept = 256;

    private static readonly string[] _names =
        ["task:created", "task:started", "task:progress", "task:retrying", "task:completed", "task:failed", "task:cancelled"];

    private readonly Lock _lock = new();
    private readonly List<Follower> _followers = [];
    private readonly CancellationTokenSource _ending = new();
    private HubConnection? _connection;
    private Task? _connecting;

    /// <summary>Whether events come by themselves just now.</summary>
    public bool IsConnected => Volatile.Read(ref _connection)?.State == HubConnectionState.Connected;

    /// <summary>From now on the task's events are kept for whoever asks, until that one is disposed of.</summary>
    public Follower Follow(string id)
    {
        var follower = new Follower(this, id);
        lock (_lock)
        {
            _followers.Add(follower);
            _connecting ??= ConnectAsync();
        }
        return follower;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        if (_connecting is { } connecting)
            await connecting.ConfigureAwait(false);
        if (_connection is { } connection)
            await connection.DisposeAsync().ConfigureAwait(false);
        _ending.Dispose();
    }

    private async Task ConnectAsync()
    {
        HubConnection? connection = null;
        try
        {
            var first = await NegotiateAsync().ConfigureAwait(false);
            // The token of the negotiation is good for a while; a connection that is made anew later asks for another.
            var token = first.AccessToken;
            var builder = new HubConnectionBuilder().WithAutomaticReconnect(new Forever()).WithUrl(first.Url, http => http.AccessTokenProvider = async () =>
                Interlocked.Exchange(ref token, null) ?? (await NegotiateAsync().ConfigureAwait(false)).AccessToken);
            builder.Services.AddSingleton<IHubProtocol, EventProtocol>();
            connection = builder.Build();
            foreach (var name in _names)
                connection.On<JsonElement>(name, Dispatch);
            connection.Reconnected += _ => WakeAll();
            await connection.StartAsync(_ending.Token).ConfigureAwait(false);
            Volatile.Write(ref _connection, connection);
            // What happened before the connection stood, nobody was told.
            await WakeAll().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // No live events here: not offered, or not reached. Followers ask instead.
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private Task<HubAddress> NegotiateAsync() =>
        calls.SendAsync(ApiRequest.Post("api/negotiate") with { IsIdempotent = true }, TasklaneJson.Default.HubAddress, _ending.Token);

    private void Dispatch(JsonElement arguments)
    {
        foreach (var argument in arguments.EnumerateArray())
        {
            if (argument.Deserialize(TasklaneJson.Default.TaskEvent) is not { } change)
                continue;
            lock (_lock)
            {
                foreach (var follower in _followers)
                {
                    if (follower.Id == change.Id)
                        follower.Offer(change);
                }
            }
        }
    }

    private Task WakeAll()
    {
        lock (_lock)
        {
            foreach (var follower in _followers)
                follower.Offer(null);
        }
        return Task.CompletedTask;
    }

    /// <summary>One who follows a task.</summary>
    public sealed class Follower(LiveEvents live, string id) : IDisposable
    {
        private readonly Channel<TaskEvent?> _events =
            Channel.CreateBounded<TaskEvent?>(new BoundedChannelOptions(MostKept) { FullMode = BoundedChannelFullMode.DropOldest });

        public string Id => id;

        /// <summary>The next event; null when something may have been missed, or nothing came in time.</summary>
        public async Task<TaskEvent?> NextAsync(TimeSpan within, TimeProvider time, CancellationToken cancellation)
        {
            using var limit = new CancellationTokenSource(within, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
            try
            {
                return await _events.Reader.ReadAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return null;
            }
        }

        public void Offer(TaskEvent? change) => _events.Writer.TryWrite(change);

        public void Dispose()
        {
            lock (live._lock)
                live._followers.Remove(this);
        }
    }

    /// <summary>At once, then ever later, up to half a minute.</summary>
    private sealed class Forever : IRetryPolicy
    {
        public TimeSpan? NextRetryDelay(RetryContext retryContext) =>
            TimeSpan.FromSeconds(retryContext.PreviousRetryCount == 0 ? 0 : Math.Min(30, Math.Pow(2, Math.Min(retryContext.PreviousRetryCount, 5)) * (0.5 + (Random.Shared.NextDouble() / 2))));
    }
}
