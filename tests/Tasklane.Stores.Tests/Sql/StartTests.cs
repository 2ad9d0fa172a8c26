using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Stores.Sql;
using Tasklane.Tasks;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Sql;

/// <summary>Requests that come while the schema is being made.</summary>
public sealed class StartTests(SharedMySql mysql)
{
    [Fact]
    public async Task Who_comes_while_the_schema_is_made_waits_for_it()
    {
        var options = new TasklaneOptions { Store = "mysql", MySql = (await mysql.ServerAsync()).ConnectionString, Hub = SharedRedis.NewHub() };
        await using var stores = SqlStores.OpenMySql(options, TimeProvider.System, NullLogger<SqlStores>.Instance);
        var ct = TestContext.Current.CancellationToken;

        var making = stores.Tasks.InitializeAsync(ct);
        var reading = stores.Tasks.GetStatsAsync(ct);
        var created = await stores.Tasks.CreateAsync(
            new NewTask { Id = TaskIds.New(TimeProvider.System.GetUtcNow()), Type = "noop", Payload = "{}", CreatedBy = "ann", Source = "test" }, ct);

        Assert.True(making.IsCompletedSuccessfully);
        Assert.Equal(0, (await reading).Created);
        Assert.NotNull(await stores.Tasks.GetAsync(created.Task.Id, "ann", ct));
    }
}
