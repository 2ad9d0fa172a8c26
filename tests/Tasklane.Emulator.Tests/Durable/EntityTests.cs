using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable;

public sealed class EntityTests
{
    private static readonly EntityInstanceId One = new("Counter", "one");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, EveryMode]
    public async Task Calls_signals_and_reads_agree(Mode mode)
    {
        await using var run = await Counting(mode)
            .Orchestrator("Count", async context =>
            {
                await context.Entities.SignalEntityAsync(One, "add", 5);
                await context.Entities.CallEntityAsync(One, "add", 2);
                return await context.Entities.CallEntityAsync<int>(One, "get");
            })
            .StartAsync();

        Assert.Equal(7, (await run.RunAsync("Count")).ReadOutputAs<int>());
        var read = await run.Client.Entities.GetEntityAsync<int>(One, cancellation: Cancellation);
        Assert.Equal(7, read!.State);
        Assert.Equal("@counter@one", read.Id.ToString());
        Assert.Null(await run.Client.Entities.GetEntityAsync(new EntityInstanceId("counter", "two"), cancellation: Cancellation));
    }

    [Fact]
    public async Task Signals_run_one_at_a_time_in_their_order()
    {
        var running = 0;
        var got = new List<int>();
        var all = new Signal();
        await using var run = await new DurableRun(Mode.Live)
            .Entity("list", async operation =>
            {
                Assert.Equal(1, Interlocked.Increment(ref running));
                await Task.Yield();
                got.Add(operation.GetInput<int>());
                Interlocked.Decrement(ref running);
                if (got.Count == 200)
                    all.Set();
                return null;
            })
            .StartAsync();

        for (var i = 0; i < 200; i++)
            await run.Client.Entities.SignalEntityAsync(new EntityInstanceId("List", "x"), "append", i, cancellation: Cancellation);

        await all.Reached;
        Assert.Equal(Enumerable.Range(0, 200), got);
    }

    [Theory, EveryMode]
    public async Task A_failed_operation_is_undone_and_reaches_its_caller(Mode mode)
    {
        await using var run = await Counting(mode)
            .Orchestrator("Fail", async context =>
            {
                await context.Entities.CallEntityAsync(One, "add", 1);
                var failed = await Assert.ThrowsAsync<EntityOperationFailedException>(
                    () => context.Entities.CallEntityAsync(One, "addThenFail", 10));
                Assert.Equal("System.IO.InvalidDataException", failed.FailureDetails.ErrorType);
                Assert.Equal("addThenFail", failed.OperationName);
                return await context.Entities.CallEntityAsync<int>(One, "get");
            })
            .StartAsync();

        Assert.Equal(1, (await run.RunAsync("Fail")).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task An_unknown_entity_fails_its_callers(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Call", async context =>
            {
                var failed = await Assert.ThrowsAsync<EntityOperationFailedException>(
                    () => context.Entities.CallEntityAsync(new EntityInstanceId("nowhere", "x"), "get"));
                return failed.FailureDetails.ErrorType;
            })
            .StartAsync();

        Assert.Equal("EntityTaskNotFound", (await run.RunAsync("Call")).ReadOutputAs<string>());
    }

    [Theory, EveryMode]
    public async Task A_lock_keeps_others_out_until_it_is_left(Mode mode)
    {
        var inside = new Signal();
        await using var run = await Counting(mode)
            .Orchestrator("Locks", async context =>
            {
                await using (await context.Entities.LockEntitiesAsync(One))
                {
                    Assert.True(context.Entities.InCriticalSection(out var locked));
                    Assert.Equal(One, Assert.Single(locked));
                    inside.Set();
                    await context.WaitForExternalEvent<int>("go");
                    await context.Entities.CallEntityAsync(One, "add", 1);
                    Assert.Equal(1, await context.Entities.CallEntityAsync<int>(One, "get"));
                }

                Assert.False(context.Entities.InCriticalSection());
            })
            .Orchestrator("Adds", context => context.Entities.CallEntityAsync(One, "add", 10))
            .StartAsync();
        var locker = await run.Client.ScheduleNewOrchestrationInstanceAsync("Locks", Cancellation);
        await inside.Reached;
        var adder = await run.Client.ScheduleNewOrchestrationInstanceAsync("Adds", Cancellation);
        await run.Client.WaitForInstanceStartAsync(adder, Cancellation);
        Assert.Equal(locker, (await Listed(run, includeTransient: true)).Single().LockedBy);
        Assert.True((await run.Get(adder)).IsRunning);

        await run.Client.RaiseEventAsync(locker, "go", 1, Cancellation);

        Assert.Null((await run.EndOf(locker)).FailureDetails);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await run.EndOf(adder)).RuntimeStatus);
        Assert.Equal(11, (await run.Client.Entities.GetEntityAsync<int>(One, cancellation: Cancellation))!.State);
    }

    [Theory, EveryMode]
    public async Task Transfers_under_locks_of_two_entities_lose_nothing_and_never_wait_for_each_other(Mode mode)
    {
        const int Accounts = 4, Transfers = 40;
        await using var run = await Counting(mode)
            .Orchestrator("Transfer", async context =>
            {
                var (from, to) = context.GetInput<(int, int)>();
                var source = new EntityInstanceId("counter", $"{from}");
                var target = new EntityInstanceId("counter", $"{to}");
                await using (await context.Entities.LockEntitiesAsync(source, target))
                {
                    var balance = await context.Entities.CallEntityAsync<int>(source, "get");
                    await context.Entities.CallEntityAsync(source, "set", balance - 1);
                    balance = await context.Entities.CallEntityAsync<int>(target, "get");
                    await context.Entities.CallEntityAsync(target, "set", balance + 1);
                }
            })
            .Orchestrator("Look", context => Task.WhenAll(Enumerable.Range(0, context.GetInput<int>()).Select(
                account => context.Entities.CallEntityAsync(new EntityInstanceId("counter", $"{account}"), "get"))))
            .StartAsync();

        var ends = await Task.WhenAll(Enumerable.Range(0, Transfers).Select(async i =>
        {
            var from = i % Accounts;
            return await run.RunAsync("Transfer", (from, (from + 1 + (i % (Accounts - 1))) % Accounts));
        }));

        Assert.All(ends, end => Assert.Null(end.FailureDetails));
        await run.RunAsync("Look", Accounts); // unlocks are messages too: what comes behind them has seen them
        var balances = await Listed(run, includeTransient: false);
        Assert.Equal(0, balances.Sum(one => one.State!.ReadAs<int>()));
        Assert.All(balances, one => Assert.Null(one.LockedBy));
    }

    [Theory, EveryMode]
    public async Task An_orchestration_that_ends_lets_go_of_its_locks(Mode mode)
    {
        var inside = new Signal();
        await using var run = await Counting(mode)
            .Orchestrator("Forgets", async context =>
            {
                _ = await context.Entities.LockEntitiesAsync(One);
            })
            .Orchestrator("Stays", async context =>
            {
                await using (await context.Entities.LockEntitiesAsync(One))
                {
                    inside.Set();
                    await context.WaitForExternalEvent<int>("never");
                }
            })
            .Orchestrator("Adds", context => context.Entities.CallEntityAsync(One, "add", 1))
            .StartAsync();
        Assert.Null((await run.RunAsync("Forgets")).FailureDetails);
        await run.RunAsync("Adds");
        var stays = await run.Client.ScheduleNewOrchestrationInstanceAsync("Stays", Cancellation);
        await inside.Reached;

        await run.Client.TerminateInstanceAsync(stays, cancellation: Cancellation);
        await run.RunAsync("Adds");

        Assert.Equal(2, (await run.Client.Entities.GetEntityAsync<int>(One, cancellation: Cancellation))!.State);
    }

    [Fact]
    public async Task Entities_signal_each_other_and_start_orchestrations_only_when_they_succeed()
    {
        await using var run = await Counting(Mode.Live)
            .Entity("chain", operation =>
            {
                operation.Context.SignalEntity(One, "add", 1);
                operation.Context.ScheduleNewOrchestration(
                    "Ends", operation.Name, new StartOrchestrationOptions(operation.Name));
                return operation.Name == "fail" ? throw new InvalidDataException() : default;
            })
            .Orchestrator("Ends", async context =>
            {
                await context.Entities.CallEntityAsync(One, "get");
                return context.GetInput<string>();
            })
            .StartAsync();
        var chain = new EntityInstanceId("chain", "x");

        await run.Client.Entities.SignalEntityAsync(chain, "fail", cancellation: Cancellation);
        await run.Client.Entities.SignalEntityAsync(chain, "work", cancellation: Cancellation);

        Assert.Equal("work", (await run.EndOf("work")).ReadOutputAs<string>());
        Assert.Null(await run.Client.GetInstanceAsync("fail", Cancellation));
        Assert.Equal(1, (await run.Client.Entities.GetEntityAsync<int>(One, cancellation: Cancellation))!.State);
    }

    [Theory, EveryMode]
    public async Task A_scheduled_signal_comes_at_its_time_also_after_a_restart(Mode mode)
    {
        var added = new Signal();
        await using var run = await new DurableRun(mode)
            .Entity("late", operation =>
            {
                operation.State.SetState(operation.GetInput<int>());
                added.Set();
                return default;
            })
            .StartAsync();
        var late = new EntityInstanceId("late", "x");
        await run.Client.Entities.SignalEntityAsync(
            late, "set", 3, new SignalEntityOptions { SignalTime = run.Clock.GetUtcNow().AddDays(1) }, Cancellation);
        await run.StopAsync();
        await run.StartAsync();
        run.Clock.Advance(TimeSpan.FromHours(23));
        Assert.False(added.IsReached);

        run.Clock.Advance(TimeSpan.FromHours(1));

        await added.Reached;
    }

    [Fact]
    public async Task State_set_to_null_deletes_the_entity()
    {
        await using var run = await Counting(Mode.Live)
            .Orchestrator("Delete", async context =>
            {
                await context.Entities.CallEntityAsync(One, "add", 1);
                await context.Entities.CallEntityAsync(One, "delete");
            })
            .StartAsync();

        await run.RunAsync("Delete");

        Assert.Null(await run.Client.Entities.GetEntityAsync(One, cancellation: Cancellation));
        Assert.Empty(await Listed(run, includeTransient: true));
    }

    [Fact]
    public async Task Entities_are_listed_by_prefix_and_page()
    {
        await using var run = await Counting(Mode.Live)
            .Orchestrator("Fill", async context =>
            {
                for (var i = 0; i < 25; i++)
                    await context.Entities.CallEntityAsync(new EntityInstanceId("Counter", $"k{i:00}"), "add", i);
            })
            .StartAsync();
        await run.RunAsync("Fill");

        var tens = new List<EntityMetadata<int>>();
        await foreach (var one in run.Client.Entities.GetAllEntitiesAsync<int>(
            new EntityQuery { InstanceIdStartsWith = "@Counter@k1", PageSize = 3 }).WithCancellation(Cancellation))
            tens.Add(one);

        Assert.Equal(Enumerable.Range(10, 10), tens.Select(one => one.State));
    }

    [Theory, EveryMode]
    public async Task Locks_and_waiting_calls_survive_a_crash(Mode mode)
    {
        var inside = new Signal();
        await using var run = await Counting(mode)
            .Orchestrator("Locks", async context =>
            {
                await using (await context.Entities.LockEntitiesAsync(One))
                {
                    inside.Set();
                    await context.WaitForExternalEvent<int>("go");
                    await context.Entities.CallEntityAsync(One, "add", 1);
                }
            })
            .Orchestrator("Adds", context => context.Entities.CallEntityAsync(One, "add", 10))
            .StartAsync();
        var locker = await run.Client.ScheduleNewOrchestrationInstanceAsync("Locks", Cancellation);
        await inside.Reached;
        var adder = await run.Client.ScheduleNewOrchestrationInstanceAsync("Adds", Cancellation);
        await run.Client.WaitForInstanceStartAsync(adder, Cancellation);

        await run.CrashAndStartAsync();
        await run.Client.RaiseEventAsync(locker, "go", 1, Cancellation);

        await run.EndOf(locker);
        await run.EndOf(adder);
        Assert.Equal(11, (await run.Client.Entities.GetEntityAsync<int>(One, cancellation: Cancellation))!.State);
    }

    private static async Task<List<EntityMetadata>> Listed(DurableRun run, bool includeTransient)
    {
        var found = new List<EntityMetadata>();
        var query = new EntityQuery { IncludeTransient = includeTransient };
        await foreach (var one in run.Client.Entities.GetAllEntitiesAsync(query).WithCancellation(Cancellation))
            found.Add(one);
        return found;
    }

    private static DurableRun Counting(Mode mode) => new DurableRun(mode).Entity("counter", operation =>
    {
        var count = operation.State.GetState<int>();
        switch (operation.Name)
        {
            case "add":
                operation.State.SetState(count + operation.GetInput<int>());
                break;
            case "set":
                operation.State.SetState(operation.GetInput<int>());
                break;
            case "delete":
                operation.State.SetState(null);
                break;
            case "addThenFail":
                operation.State.SetState(count + operation.GetInput<int>());
                throw new InvalidDataException("too much");
        }

        return ValueTask.FromResult<object?>(operation.State.GetState<int>());
    });
}
