using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Tasklane.Stores.Sql;
using Tasklane.Tasks;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Entra;

/// <summary>Against a server that asks the app's role for a password, and takes the token for it, as Azure's does.</summary>
public sealed class EntraPostgresTests
{
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_store_is_opened_as_the_identity_with_its_token_and_with_no_other()
    {
        using var directory = new TempDirectory("hba");
        await using var server = await StartAsync(directory);
        var database = await server.CreateDatabaseAsync(Ct);
        await RunAsync(server.ConnectionString, $"create role app login password '{Identity.Token(1)}'");
        await RunAsync(server.ConnectionString, $"grant create on database {new NpgsqlConnectionStringBuilder(database).Database} to app");
        // Each connection asks for a token, of which the credential keeps one; this one is not kept, so the server must know the second too.
        var identity = new Kept(new Identity(_time));
        var options = new TasklaneOptions { Store = "postgres", SignIn = "entra", Postgres = $"{database};Username=app" };

        await using (var stores = SqlStores.OpenPostgres(options, TimeProvider.System, NullLogger<SqlStores>.Instance, credential: identity))
        {
            await stores.Tasks.InitializeAsync(Ct);
            await stores.Tasks.PingAsync(Ct);
        }
        Assert.Equal("https://ossrdbms-aad.database.windows.net/.default", Assert.Single(identity.Inner.Scopes.Distinct()));

        await RunAsync(server.ConnectionString, $"alter role app password '{Identity.Token(2)}'");
        await using var refused = SqlStores.OpenPostgres(options, TimeProvider.System, NullLogger<SqlStores>.Instance, credential: identity);
        Assert.Equal(TaskErrors.StoreUnavailable, (await Assert.ThrowsAsync<TaskException>(() => refused.Tasks.InitializeAsync(Ct))).Code);
    }

    [Fact]
    public async Task Without_an_identity_the_store_is_unavailable()
    {
        using var directory = new TempDirectory("hba");
        await using var server = await StartAsync(directory);
        var options = new TasklaneOptions { Store = "postgres", SignIn = "entra", Postgres = $"{await server.CreateDatabaseAsync(Ct)};Username=app" };
        await using var stores = SqlStores.OpenPostgres(options, TimeProvider.System, NullLogger<SqlStores>.Instance, credential: new Identity(_time) { IsAway = true });

        Assert.Equal(TaskErrors.StoreUnavailable, (await Assert.ThrowsAsync<TaskException>(() => stores.Tasks.InitializeAsync(Ct))).Code);
        Assert.Equal(TaskErrors.StoreUnavailable, (await Assert.ThrowsAsync<TaskException>(() => stores.Tasks.PingAsync(Ct))).Code);
    }

    private static async Task<PostgresServer> StartAsync(TempDirectory directory)
    {
        var rules = directory.File("pg_hba.conf");
        await File.WriteAllTextAsync(rules, "host all app 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\nlocal all all trust\n", Ct);
        if (!OperatingSystem.IsWindows())
        {
            // The server is another user's.
            File.SetUnixFileMode(directory.Path, (UnixFileMode)0b111_101_101);
            File.SetUnixFileMode(rules, (UnixFileMode)0b110_100_100);
        }
        return await PostgresServer.StartAsync(Ct, $"hba_file={rules}");
    }

    private static async Task RunAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Ct);
    }

    /// <summary>Keeps its token as every credential of Azure.Identity does.</summary>
    private sealed class Kept(Identity inner) : Azure.Core.TokenCredential
    {
        private readonly Lazy<Azure.Core.AccessToken> _token = new(() => inner.GetToken(new([Scope]), default));
        private const string Scope = "https://ossrdbms-aad.database.windows.net/.default";

        public Identity Inner => inner;

        public override Azure.Core.AccessToken GetToken(Azure.Core.TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Assert.Equal(Scope, Assert.Single(requestContext.Scopes));
            return _token.Value;
        }

        public override ValueTask<Azure.Core.AccessToken> GetTokenAsync(Azure.Core.TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
