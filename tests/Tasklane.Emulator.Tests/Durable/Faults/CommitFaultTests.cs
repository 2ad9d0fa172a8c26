using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Tasklane.Emulator.Durable.Storage;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Durable.Faults;

/// <summary>A commit that fails at each of its points, or says that it did: nothing is written twice, nothing is lost.</summary>
public sealed class CommitFaultTests
{
    private const int Steps = 8;
    private static readonly EntityInstanceId _counter = new("counter", "one");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Points => [.. Enum.GetNames<WritePoint>().Where(point => point != nameof(WritePoint.LookUp))];

    [Theory, MemberData(nameof(Points))]
    public async Task Half_of_the_transactions_fail_and_the_result_is_the_same(string name)
    {
        var point = Enum.Parse<WritePoint>(name);
        // By chance, not every second one: a client's call and the commit that follows its refusal would take turns for ever.
        var chance = new Random(1);
        var fails = false;
        var failed = 0;
        var disk = new Disk((at, _) =>
        {
            if (at == WritePoint.Begun)
                fails = failed == 0 || chance.Next(2) == 0;
            if (at == point && fails)
            {
                failed++;
                throw new StorageException("SQLite: disk I/O error (10)");
            }
        });
        await using var run = await Counting(disk).StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Count", Token);

        disk.IsFaulty = true;
        await RaiseAsync(run, id);

        Assert.Equal(Steps, await ResultAsync(run, id));
        Assert.NotEqual(0, failed);
        disk.IsFaulty = false;
        Assert.Equal(Steps, (await run.Client.Entities.GetEntityAsync<int>(_counter, cancellation: Token))!.State);
    }

    [Fact]
    public async Task A_commit_that_was_done_and_reports_an_error_is_told_as_done_and_never_written_again()
    {
        var begun = 0;
        var done = 0;
        var disk = new Disk((at, _) =>
        {
            if (at == WritePoint.Begun)
                begun++;
            if (at != WritePoint.AfterCommit)
                return;
            done++;
            throw new StorageException("SQLite: disk I/O error (10)");
        })
        { IsFaulty = true };
        await using var run = await Counting(disk).StartAsync();

        // None of the calls is refused: each waits for its commit, which is done.
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Count", Token);
        await run.Client.RaiseEventAsync(id, "go", 1, Token);
        Assert.Equal(Steps, (await run.EndOf(id)).ReadOutputAs<int>());

        Assert.Null(run.Engine.Trouble);
        await run.StopAsync();
        Assert.Equal(done, begun);
    }

    [Fact]
    public async Task A_commit_whose_end_cannot_be_looked_up_waits_until_it_can()
    {
        var unreadable = 3;
        var done = 0;
        var disk = new Disk((at, _) =>
        {
            if (at == WritePoint.AfterCommit && done++ == 0)
                throw new StorageException("SQLite: disk I/O error (10)");
            if (at == WritePoint.LookUp && unreadable-- > 0)
                throw new StorageException("SQLite: disk I/O error (266)");
        });
        await using var run = await Counting(disk).StartAsync();
        disk.IsFaulty = true;

        // Whoever waits is told that it is not known, once; it was done.
        var refused = await Assert.ThrowsAsync<RpcException>(
            () => run.Client.ScheduleNewOrchestrationInstanceAsync("Count", new StartOrchestrationOptions("one"), Token));
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        await RaiseAsync(run, "one");

        Assert.Equal(Steps, await ResultAsync(run, "one"));
        Assert.Equal(-1, unreadable);
    }

    [Fact]
    public async Task Who_comes_while_a_commit_fails_is_told_and_does_not_wait_until_it_can_be_written()
    {
        using var sent = new ManualResetEventSlim();
        var begun = new Testbed.Signal("a commit has begun");
        var disk = new Disk((at, _) =>
        {
            if (at != WritePoint.Begun)
                return;
            begun.Send();
            sent.Wait(Token);
            throw new StorageException("SQLite: disk I/O error (10)");
        });
        await using var run = await Counting(disk).StartAsync();
        disk.IsFaulty = true;

        // All are let in, as nothing is known yet to be wrong; only the first is in the batch that fails.
        List<Task<string>> calls = [run.Client.ScheduleNewOrchestrationInstanceAsync("Count", Token)];
        await begun.WaitAsync(ct: Token);
        calls.AddRange(Enumerable.Range(0, 50).Select(_ => run.Client.ScheduleNewOrchestrationInstanceAsync("Count", Token)));
        sent.Set();

        foreach (var call in calls)
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => call.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token));
            Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        }
        disk.IsFaulty = false;
    }

    [Fact]
    public async Task A_commit_that_SQLite_rolled_back_by_itself_is_written_again()
    {
        var chance = new Random(1);
        var rolledBack = 0;
        var disk = new Disk((at, db) =>
        {
            if (at != WritePoint.BeforeCommit || chance.Next(2) == 0)
                return;

            // As on a full disk: the transaction is gone, and COMMIT finds none.
            db.Execute("ROLLBACK");
            rolledBack++;
        });
        await using var run = await Counting(disk).StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Count", Token);
        disk.IsFaulty = true;
        await RaiseAsync(run, id);

        Assert.Equal(Steps, await ResultAsync(run, id));
        Assert.NotEqual(0, rolledBack);
    }

    [Theory, MemberData(nameof(Points))]
    public async Task A_process_killed_in_a_transaction_goes_on_after_the_restart(string name)
    {
        var point = Enum.Parse<WritePoint>(name);
        var killed = new Testbed.Signal("the writer is dead");
        var disk = new Disk((at, _) =>
        {
            if (at != point)
                return;
            killed.Send();
            throw new InvalidOperationException("killed");
        });
        await using var run = await Counting(disk).StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Count", Token);
        disk.IsFaulty = true;
        try
        {
            await run.Client.RaiseEventAsync(id, "go", 1, Token);
        }
        catch (RpcException dead)
        {
            Assert.Equal(StatusCode.Unavailable, dead.StatusCode);
        }

        await killed.WaitAsync(ct: Token);
        await UntilAsync(() => run.Engine.Trouble is not null);
        Assert.Contains("killed", run.Engine.Trouble, StringComparison.Ordinal);
        disk.IsFaulty = false;
        await run.CrashAndStartAsync();

        // Once more, in case the first was lost: the second of two is for nobody.
        await RaiseAsync(run, id);
        Assert.Equal(Steps, await ResultAsync(run, id));
        Assert.Equal(Steps, (await run.Client.Entities.GetEntityAsync<int>(_counter, cancellation: Token))!.State);
    }

    [Fact]
    public async Task A_turn_that_its_host_fails_takes_in_its_messages_in_the_same_commit()
    {
        await using var run = await new DurableRun(Mode.Strict)
            .Orchestrator("Random", async context =>
            {
                await context.WaitForExternalEvent<int>("go");
                await context.CallActivityAsync<int>(Guid.NewGuid().ToString("N"));
            })
            .Orchestrator("Parent", async context =>
            {
                var child = context.CallSubOrchestratorAsync("Random", options: new SubOrchestrationOptions(instanceId: "child"));
                context.SendEvent("child", "go", 1);
                await child;
            })
            .StartAsync();

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await run.RunAsync("Parent")).RuntimeStatus);

        // The event that the child took in with its last turn is not kept for it.
        Assert.Equal(0, run.Engine.Reader.Read(session => session.Connection.Scalar("SELECT count(*) FROM inbox WHERE target = 'child'")));
    }

    private static DurableRun Counting(Disk disk) => new DurableRun(Mode.Live) { Faults = disk }
        .Activity<int, int>("Add", number => number + 1)
        .Orchestrator("Leaf", async context => await context.CallActivityAsync<int>("Add", 0))
        .Orchestrator("Count", async context =>
        {
            await context.WaitForExternalEvent<int>("go");
            var sum = 0;
            for (var i = 0; i < Steps; i += 4)
            {
                var leaves = Enumerable.Range(0, 4).Select(_ => context.CallSubOrchestratorAsync<int>("Leaf")).ToArray();
                foreach (var leaf in leaves)
                {
                    sum += await leaf;
                    await context.Entities.CallEntityAsync(_counter, "add");
                }
            }

            return sum;
        })
        .Entity("counter", operation =>
        {
            operation.State.SetState(operation.State.GetState<int>() + 1);
            return new ValueTask<object?>((object?)null);
        });

    private static async Task<int> ResultAsync(DurableRun run, string id)
    {
        var ended = await AskAsync(() => run.EndOf(id));
        return ended.ReadOutputAs<int>();
    }

    /// <summary>Raised again where it is not known whether it was; the instance may have ended by it.</summary>
    private static Task RaiseAsync(DurableRun run, string id) => AskAsync(async () =>
    {
        try
        {
            await run.Client.RaiseEventAsync(id, "go", 1, Token);
            return true;
        }
        catch (RpcException ended) when (ended.StatusCode == StatusCode.FailedPrecondition)
        {
            return false;
        }
    });

    /// <summary>As any client: what could not be written is asked for again.</summary>
    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Token);
            }
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Token);
    }

    private sealed class Disk(Action<WritePoint, Connection> fault) : IStorageFaults
    {
        public volatile bool IsFaulty;

        public void At(WritePoint point, Connection db)
        {
            if (IsFaulty)
                fault(point, db);
        }
    }
}
