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

    private async Task<int?> StateAsync(Func<int?, bool> until)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(_patience);
        while (true)
        {
            var found = await Client.Entities.GetEntityAsync<int>(Account, cancellation: limit.Token);
            int? state = found is { IncludesState: true } ? found.State : null;
            if (until(state))
                return state;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }
}
