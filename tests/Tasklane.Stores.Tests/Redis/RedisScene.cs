using StackExchange.Redis;
using Tasklane.Stores.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Redis;

/// <summary>The Redis stores of one hub on a server, and a connection of the test's own to look at keys.</summary>
internal sealed class RedisScene : IAsyncDisposable
{
    public static readonly WorkerName Worker = new("worker-1", "epoch-1");

    private readonly RedisConnection _connection;
    private readonly ConnectionMultiplexer _admin;

    private RedisScene(RedisConnection connection, ConnectionMultiplexer admin, TasklaneOptions options, TimeProvider time)
    {
        (_connection, _admin, Hub) = (connection, admin, options.Hub);
        Store = new RedisTaskStore(connection, options, time);
        Lines = new RedisLogLineStore(connection, options, time);
    }

    public ITaskStore Store { get; }

    public ILogLineStore Lines { get; }

    public string Hub { get; }

    public IDatabase Database => _admin.GetDatabase();

    public IServer Server => _admin.GetServers()[0];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="more">More of the client's configuration.</param>
    public static async Task<RedisScene> OpenAsync(
        RedisServer server, string more = "", int replicas = 0, Action<TasklaneOptions>? set = null, TimeProvider? time = null)
    {
        var options = new TasklaneOptions { Store = "redis" };
        set?.Invoke(options);
        Assert.Empty(options.Problems());
        var connection = new RedisConnection($"{server.ConnectionString},{more}", replicas);
        var admin = await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true");
        var scene = new RedisScene(connection, admin, options, time ?? TimeProvider.System);
        await scene.Store.InitializeAsync(Ct);
        return scene;
    }

    public static NewTask New(string user = "ann", string type = "noop") => new()
    {
        Id = TaskIds.New(TimeProvider.System.GetUtcNow()),
        Type = type,
        Payload = "{}",
        CreatedBy = user,
        Source = "test",
    };

    /// <summary>Creates and starts a task.</summary>
    public async Task<Held> RunAsync(NewTask? task = null)
    {
        var created = await Store.CreateAsync(task ?? New(), Ct);
        var started = await Store.StartAsync(created.Task.Id, 0, Worker, Ct);
        Assert.Equal(StartKind.Started, started.Kind);
        return new Held(created.Task.Id, started.Task!.Fence);
    }

    public async Task<string> RefusalOf(Func<ITaskStore, Task> call) => (await Assert.ThrowsAsync<TaskException>(() => call(Store))).Code;

    /// <summary>Asks until the client has its connection again.</summary>
    public async Task<T> AnsweredAsync<T>(Func<ITaskStore, Task<T>> call)
    {
        while (true)
        {
            try
            {
                return await call(Store);
            }
            catch (TaskException away) when (away.IsOutage)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Ct);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _admin.CloseAsync(allowCommandsToComplete: false);
        await _admin.DisposeAsync();
    }
}
