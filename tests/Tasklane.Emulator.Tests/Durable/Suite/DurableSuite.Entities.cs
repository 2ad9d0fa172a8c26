using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace Tasklane.Emulator.Tests.Durable.Suite;

/// <summary>Entities, called by orchestrations and signalled by clients.</summary>
public abstract partial class DurableSuite
{
    private EntityInstanceId Account => new("SuiteAccount", Id);

    [Fact]
    public virtual async Task An_orchestration_signals_and_calls_an_entity_in_order() =>
        Assert.Equal(5, (await RunAsync("SuiteCount")).ReadOutputAs<int>());

    [Fact]
    public virtual async Task A_failed_operation_fails_its_call() =>
        Assert.Equal("Refuse: never", (await RunAsync("SuiteCountWrong")).ReadOutputAs<string>());

    [Fact]
    public virtual async Task A_clients_signals_change_the_state()
    {
        await Client.Entities.SignalEntityAsync(Account, "Add", 2, cancellation: Token);
        await Client.Entities.SignalEntityAsync(Account, "add", 5, cancellation: Token);

        Assert.Equal(7, await StateAsync(state => state == 7));
    }

    [Fact]
    public virtual async Task A_deleted_entity_is_gone()
    {
        await Client.Entities.SignalEntityAsync(Account, "Add", 2, cancellation: Token);
        await StateAsync(state => state == 2);
        await Client.Entities.SignalEntityAsync(Account, "delete", cancellation: Token);

        Assert.Null(await StateAsync(state => state is null));
    }

    [Fact]
    public virtual async Task Two_orchestrations_that_lock_the_same_two_entities_both_end()
    {
        string[] one = [$"{Id}-a", $"{Id}-b"];
        string[] other = [one[1], one[0]];

        var ends = await Task.WhenAll(RunAsync("SuiteMove", one, $"{Id}-1"), RunAsync("SuiteMove", other, $"{Id}-2"));

        // Each sees the two as the other left them: untouched, or with its own move undone by the other's.
        Assert.Equal(["-1 1 True", "0 0 True"], ends.Select(end => end.ReadOutputAs<string>()!).Order());
    }

    [Fact]
    public virtual async Task Entities_are_listed_with_their_state()
    {
        await Client.Entities.SignalEntityAsync(Account, "Add", 2, cancellation: Token);
        await StateAsync(state => state == 2);

        var found = new List<EntityMetadata<int>>();
        await foreach (var one in Client.Entities.GetAllEntitiesAsync<int>(new EntityQuery { InstanceIdStartsWith = $"@suiteaccount@{Id}" }).WithCancellation(Token))
            found.Add(one);

        Assert.Equal(2, Assert.Single(found).State);
    }

    [Fact]
    public virtual async Task Entities_are_listed_over_pages_and_from_a_token()
    {
        for (var i = 0; i < 5; i++)
            await Client.Entities.SignalEntityAsync(new EntityInstanceId("SuiteAccount", $"{Id}-{i}"), "Add", i, cancellation: Token);
        for (var i = 0; i < 5; i++)
            await StateAsync(new EntityInstanceId("SuiteAccount", $"{Id}-{i}"), state => state == i);
        var query = new EntityQuery { InstanceIdStartsWith = $"@suiteaccount@{Id}", PageSize = 2 };

        var pages = await Client.Entities.GetAllEntitiesAsync<int>(query).AsPages().ToListAsync(Token);
        var rest = await Client.Entities.GetAllEntitiesAsync<int>(query with { ContinuationToken = pages[0].ContinuationToken }).ToListAsync(Token);

        Assert.All(pages, page => Assert.InRange(page.Values.Count, 0, 2));
        Assert.Equal([0, 1, 2, 3, 4], pages.SelectMany(page => page.Values).Select(one => one.State).Order());
        Assert.Equal(pages.Skip(1).SelectMany(page => page.Values).Select(one => one.Id.Key), rest.Select(one => one.Id.Key));
    }

    [Fact]
    public virtual async Task Cleaning_leaves_entities_that_have_a_state_and_no_others()
    {
        var gone = new EntityInstanceId("SuiteAccount", $"{Id}-gone");
        await Client.Entities.SignalEntityAsync(Account, "Add", 2, cancellation: Token);
        await Client.Entities.SignalEntityAsync(gone, "Add", 1, cancellation: Token);
        await StateAsync(gone, state => state == 1);
        await Client.Entities.SignalEntityAsync(gone, "delete", cancellation: Token);
        await StateAsync(gone, state => state is null);
        await StateAsync(state => state == 2);

        await Client.Entities.CleanEntityStorageAsync(new CleanEntityStorageRequest { RemoveEmptyEntities = true }, cancellation: Token);

        var left = await Client.Entities.GetAllEntitiesAsync(new EntityQuery { InstanceIdStartsWith = $"@suiteaccount@{Id}", IncludeTransient = true })
            .ToListAsync(Token);
        Assert.Equal(Account.Key, Assert.Single(left).Id.Key);
    }

    [Fact]
    public virtual async Task A_lock_of_an_orchestration_that_is_gone_holds_nobody_up_after_cleaning()
    {
        await StartWaitingAsync("SuiteHold");
        await UntilAsync(Id, one => one.SerializedCustomStatus is not null);
        await Client.TerminateInstanceAsync(Id, "enough", Token);
        await EndAsync(Id);

        await Client.Entities.CleanEntityStorageAsync(new CleanEntityStorageRequest { ReleaseOrphanedLocks = true }, cancellation: Token);

        Assert.Equal("-1 1 True", (await RunAsync("SuiteMove", new[] { Id, $"{Id}-other" }, $"{Id}-next")).ReadOutputAs<string>());
    }

    private Task<int?> StateAsync(Func<int?, bool> until) => StateAsync(Account, until);

    private async Task<int?> StateAsync(EntityInstanceId entity, Func<int?, bool> until)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(_patience);
        while (true)
        {
            var found = await Client.Entities.GetEntityAsync<int>(entity, cancellation: limit.Token);
            int? state = found is { IncludesState: true } ? found.State : null;
            if (until(state))
                return state;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }
}
