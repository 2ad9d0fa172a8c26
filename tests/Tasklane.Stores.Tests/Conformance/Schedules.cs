using Tasklane.Tasks;
using Tasklane.Tasks.Schedules;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task A_schedule_is_read_back_as_it_was_saved_with_its_next_version()
    {
        await using var scene = await SceneAsync();
        var made = Plan(scene, "a:b{c}*") with
        {
            Name = "每小时 'x' \\ \"",
            Missed = MissedTicks.All,
            Overlap = Overlap.Queue,
            Roles = ["admin", "editor"],
            LastTick = scene.Now,
            LastTaskId = "t",
            LastError = "broken",
            Fired = 7,
            Skipped = 8,
            Request = "hash",
        };

        Assert.True(await scene.Schedules.SaveAsync(made, Ct));

        var read = await scene.Schedules.GetAsync(made.Id, "a:b{c}*", Ct);
        Assert.Equivalent(made with { Version = 1 }, read, strict: true);
        Assert.Null(await scene.Schedules.GetAsync(made.Id, "ann", Ct));
        Assert.NotNull(await scene.Schedules.GetAsync(made.Id, null, Ct));
        Assert.Null(await scene.Schedules.GetAsync(TaskIds.New(scene.Now), null, Ct));
    }

    [Fact]
    public async Task Of_two_who_change_a_schedule_at_once_one_is_told_that_the_other_was_faster()
    {
        await using var scene = await SceneAsync();
        var made = Plan(scene);
        Assert.Single(await Task.WhenAll(Enumerable.Range(0, 8).Select(i => scene.Schedules.SaveAsync(made with { Name = $"{i}" }, Ct))), won => won);
        var first = (await scene.Schedules.GetAsync(made.Id, null, Ct))!;

        Assert.Single(await Task.WhenAll(Enumerable.Range(0, 8).Select(i => scene.Schedules.SaveAsync(first with { Name = $"{i}" }, Ct))), won => won);

        Assert.Equal(2, (await scene.Schedules.GetAsync(made.Id, null, Ct))!.Version);
        Assert.False(await scene.Schedules.SaveAsync(Plan(scene) with { Version = 3 }, Ct));
    }

    [Fact]
    public async Task Schedules_are_due_by_the_stores_clock_longest_due_first()
    {
        await using var scene = await SceneAsync();
        var late = Plan(scene).At(scene.Now.AddSeconds(20));
        var soon = Plan(scene).At(scene.Now.AddSeconds(10));
        foreach (var schedule in (Schedule[])[late, soon, Plan(scene) with { Tick = null, DueAt = null }])
            await scene.Schedules.SaveAsync(schedule, Ct);

        var none = await scene.Schedules.DueAsync(10, Ct);
        scene.Pass(20);
        var both = await scene.Schedules.DueAsync(10, Ct);

        Assert.Empty(none.Schedules);
        Assert.Equal(soon.DueAt, none.Next);
        Assert.Equal([soon.Id, late.Id], both.Schedules.Select(schedule => schedule.Id));
        Assert.Equal((scene.Now, null), (both.Now, both.Next));
        Assert.Equal([soon.Id], (await scene.Schedules.DueAsync(1, Ct)).Schedules.Select(schedule => schedule.Id));

        await scene.Schedules.SaveAsync(both.Schedules[0] with { Tick = null, DueAt = null }, Ct);
        Assert.Equal([late.Id], (await scene.Schedules.DueAsync(10, Ct)).Schedules.Select(schedule => schedule.Id));
    }

    [Fact]
    public async Task Schedules_are_listed_by_owner_and_walked_by_id()
    {
        await using var scene = await SceneAsync();
        var anns = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            var schedule = Plan(scene, i % 3 == 2 ? "bob" : "ann");
            await scene.Schedules.SaveAsync(schedule, Ct);
            if (schedule.Owner == "ann") anns.Add(schedule.Id);
        }

        var read = new List<string>();
        while (await scene.Schedules.ListAsync("ann", read.LastOrDefault(), 2, Ct) is { Count: > 0 } page)
            read.AddRange(page.Select(schedule => schedule.Id));

        Assert.Equal(anns.Order(StringComparer.Ordinal), read);
        Assert.Equal(7, (await scene.Schedules.ListAsync(null, null, 10, Ct)).Count);
        Assert.Equal((5, 2, 0), (await scene.Schedules.CountAsync("ann", Ct), await scene.Schedules.CountAsync("bob", Ct), await scene.Schedules.CountAsync("cid", Ct)));
    }

    [Fact]
    public async Task A_deleted_schedule_is_gone_and_is_not_saved_any_more()
    {
        await using var scene = await SceneAsync();
        var made = Plan(scene).At(scene.Now);
        await scene.Schedules.SaveAsync(made, Ct);

        Assert.False(await scene.Schedules.DeleteAsync(made.Id, "bob", Ct));
        Assert.True(await scene.Schedules.DeleteAsync(made.Id, "ann", Ct));
        Assert.False(await scene.Schedules.DeleteAsync(made.Id, null, Ct));

        Assert.False(await scene.Schedules.SaveAsync(made with { Version = 1 }, Ct));
        Assert.Null(await scene.Schedules.GetAsync(made.Id, null, Ct));
        Assert.Empty((await scene.Schedules.DueAsync(10, Ct)).Schedules);
        Assert.Empty(await scene.Schedules.ListAsync("ann", null, 10, Ct));
        Assert.Equal(0, await scene.Schedules.CountAsync("ann", Ct));
    }

    private static Schedule Plan(Scene scene, string owner = "ann") => new()
    {
        Id = TaskIds.New(scene.Now),
        Owner = owner,
        Timing = new Timing("0 * * * *", null, null, "Europe/Berlin", scene.Now),
        Task = """{"type":"noop","payload":{}}""",
        CreatedAt = scene.Now,
    };
}

file static class Plans
{
    public static Schedule At(this Schedule schedule, DateTimeOffset due) => schedule with { Tick = due, DueAt = due };
}
