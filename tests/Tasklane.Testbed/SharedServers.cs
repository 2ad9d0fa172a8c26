namespace Tasklane.Testbed;

/// <summary>
/// One redis-server for a test assembly, started when the first test asks:
/// <c>[assembly: AssemblyFixture(typeof(SharedRedis))]</c>, then a constructor parameter of this type.
/// Tests keep apart by key prefix.
/// </summary>
public sealed class SharedRedis : IAsyncDisposable
{
    private readonly Lazy<Task<RedisServer>> server = new(() => RedisServer.StartAsync());

    public Task<RedisServer> ServerAsync() => server.Value;

    public async Task<string> ConnectionStringAsync() => (await server.Value.ConfigureAwait(false)).ConnectionString;

    /// <summary>A hub name no other test uses; with Redis it goes into the hash tag of every key.</summary>
    public static string NewHub() => $"t{Guid.NewGuid():N}"[..13];

    public async ValueTask DisposeAsync()
    {
        if (server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) await server.Value.Result.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>One PostgreSQL server for a test assembly, started when the first test asks; a database per test.</summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    private readonly Lazy<Task<PostgresServer>> server = new(() => PostgresServer.StartAsync());

    public Task<PostgresServer> ServerAsync() => server.Value;

    /// <summary>The connection string of a fresh, empty database.</summary>
    public async Task<string> NewDatabaseAsync(CancellationToken ct = default) =>
        await (await server.Value.ConfigureAwait(false)).CreateDatabaseAsync(ct).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        if (server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) await server.Value.Result.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>A PostgreSQL server for tests to which it matters that nobody else writes on it meanwhile.</summary>
public sealed class QuietPostgres : IAsyncDisposable
{
    private readonly SharedPostgres own = new();

    public Task<PostgresServer> ServerAsync() => own.ServerAsync();

    public ValueTask DisposeAsync() => own.DisposeAsync();
}

/// <summary>One MariaDB server for a test assembly, started when the first test asks; a hub, and so a database, per test.</summary>
public sealed class SharedMySql : IAsyncDisposable
{
    private readonly Lazy<Task<MySqlServer>> server = new(() => MySqlServer.StartAsync());

    public Task<MySqlServer> ServerAsync() => server.Value;

    public async ValueTask DisposeAsync()
    {
        if (server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) await server.Value.Result.DisposeAsync().ConfigureAwait(false);
    }
}
