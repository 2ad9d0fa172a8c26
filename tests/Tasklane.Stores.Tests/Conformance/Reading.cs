using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task A_task_is_its_owners_and_the_admins()
    {
        await using var scene = await SceneAsync();
        var id = await scene.CreateIdAsync(user: "a:b{c}*");

        Assert.Equal(id, (await scene.Store.GetAsync(id, "a:b{c}*", Ct))?.Id);
        Assert.Equal(id, (await scene.Store.GetAsync(id, null, Ct))?.Id);
        Assert.Null(await scene.Store.GetAsync(id, "a:b", Ct));
        Assert.Null(await scene.Store.GetAsync(TaskIds.New(scene.Now), null, Ct));
        Assert.Null(await scene.Store.GetAsync("queue:high", null, Ct));
    }

    [Fact]
    public async Task A_list_shows_the_newest_first_page_by_page_with_the_total()
    {
        await using var scene = await SceneAsync();
        var ids = new List<string>();
        for (var i = 0; i < 25; i++)
            ids.Insert(0, await scene.CreateIdAsync());

        for (var page = 1; page <= 4; page++)
        {
            var listed = await scene.Store.ListAsync(new TaskQuery { Page = page, PageSize = 10 }, Ct);
            Assert.Equal(25, listed.Total);
            Assert.Equal(ids.Skip((page - 1) * 10).Take(10), listed.Tasks.Select(task => task.Id));
        }
    }

    [Fact]
    public async Task A_list_is_sorted_by_the_tasks_numbers_whatever_their_ids()
    {
        await using var scene = await SceneAsync();
        for (var i = 0; i < 25; i++)
            await scene.CreateAsync(scene.New() with { Id = $"{Guid.NewGuid():N}" });

        var numbers = (await scene.Store.ListAsync(new TaskQuery(), Ct)).Tasks.Select(task => task.Number).ToArray();
        Assert.Equal(numbers.OrderDescending().Distinct(), numbers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_walk_finds_every_task_that_stays_in_the_list_once_whatever_comes_and_goes(int seed)
    {
        var random = new Random(seed);
        await using var scene = await SceneAsync();
        var (stays, goes) = (new List<string>(), new Queue<string>());
        for (var i = 0; i < 60; i++)
        {
            // Ids say nothing of the order: several processes make them.
            var task = scene.New() with { Id = $"{Guid.NewGuid():N}", RunAt = scene.Now.AddHours(1), Tags = ["t"] };
            await scene.CreateAsync(task);
            if (random.Next(3) == 0) goes.Enqueue(task.Id);
            else stays.Add(task.Id);
        }
        stays.Reverse();
        foreach (var query in new[] { new TaskQuery { PageSize = 7 }, new TaskQuery { Owner = "ann", Status = TaskState.Pending, PageSize = 7 }, new TaskQuery { Tag = "t", Text = "noop", PageSize = 7 } })
        {
            var found = new List<string>();
            long? after = null;
            do
            {
                var page = await scene.Store.ListAsync(query with { After = after }, Ct);
                found.AddRange(page.Tasks.Select(task => task.Id));
                after = page.Next;
                if (goes.TryDequeue(out var gone))
                {
                    await scene.CancelAsync(gone);
                    scene.Pass(1);
                    await scene.Store.PurgeEndedAsync(scene.Now, 10, Ct);
                }
                await scene.CreateAsync(scene.New() with { RunAt = scene.Now.AddHours(1) });
            }
            while (after is not null);

            Assert.Equal(found.Count, found.Distinct().Count());
            Assert.Equal(stays, found.Where(stays.Contains));
        }
    }

    [Fact]
    public async Task A_listed_task_is_the_whole_task()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync(scene.New(payload: """{"a":1}""") with { Tags = ["x"] });
        await scene.ReportAsync(held, TaskProgress.Of(1, 4, "step"));
        await scene.FailAsync(held);

        var listed = Assert.Single((await scene.Store.ListAsync(new TaskQuery(), Ct)).Tasks);
        Assert.Equivalent(await scene.GetAsync(held.Id), listed);
        Assert.Equal(TaskProgress.Of(1, 4, "step"), listed.Progress);
    }

    [Fact]
    public async Task An_empty_store_lists_nothing()
    {
        await using var scene = await SceneAsync();
        foreach (var query in new[] { new TaskQuery(), new TaskQuery { Owner = "ann", Status = TaskState.Failed, Tag = "x", Text = "y" } })
        {
            var page = await scene.Store.ListAsync(query, Ct);
            Assert.Equal(0, page.Total);
            Assert.Empty(page.Tasks);
        }
    }

    [Fact]
    public async Task Every_filter_narrows_and_filters_combine()
    {
        await using var scene = await SceneAsync();
        var a = (await scene.CreateAsync(scene.New("export", "ann", TaskPriority.High) with { Tags = ["red", "big"] })).Task.Id;
        var b = (await scene.CreateAsync(scene.New("export", "bob", TaskPriority.Low) with { Tags = ["red"] })).Task.Id;
        var c = (await scene.CreateAsync(scene.New("import", "ann") with { Tags = ["big"] })).Task.Id;
        var d = (await scene.CreateAsync(scene.New("import", "bob"))).Task.Id;
        await scene.FailAsync(await scene.RunAsync(b));
        await scene.CompleteAsync(await scene.RunAsync(c));
        await scene.RunAsync(d);

        Assert.Equal([c, a], await scene.ListAsync(new TaskQuery { Owner = "ann" }));
        Assert.Equal([b, a], await scene.ListAsync(new TaskQuery { Type = "export" }));
        Assert.Equal([a], await scene.ListAsync(new TaskQuery { Priority = TaskPriority.High }));
        Assert.Equal([b, a], await scene.ListAsync(new TaskQuery { Tag = "red" }));
        Assert.Equal([a], await scene.ListAsync(new TaskQuery { Status = TaskState.Pending }));
        Assert.Equal([d], await scene.ListAsync(new TaskQuery { Status = TaskState.Running }));
        Assert.Equal([c], await scene.ListAsync(new TaskQuery { Status = TaskState.Completed }));
        Assert.Equal([b], await scene.ListAsync(new TaskQuery { Status = TaskState.Failed }));
        Assert.Empty(await scene.ListAsync(new TaskQuery { Status = TaskState.Cancelled }));
        Assert.Equal([b], await scene.ListAsync(new TaskQuery { Tag = "red", Status = TaskState.Failed, Owner = "bob", Type = "export", Priority = TaskPriority.Low }));
        Assert.Empty(await scene.ListAsync(new TaskQuery { Tag = "red", Type = "import" }));
        Assert.Empty(await scene.ListAsync(new TaskQuery { Owner = "nobody" }));
        Assert.Equal(2, (await scene.Store.ListAsync(new TaskQuery { Owner = "ann", PageSize = 1 }, Ct)).Total);
    }

    [Fact]
    public async Task A_status_filter_follows_the_task()
    {
        await using var scene = await SceneAsync();
        var id = await scene.CreateIdAsync();
        await AssertOnlyIn(TaskState.Pending);
        var held = await scene.RunAsync(id);
        await AssertOnlyIn(TaskState.Running);
        await scene.BackOffAsync(held);
        await AssertOnlyIn(TaskState.Pending);
        await scene.CancelAsync(id);
        await AssertOnlyIn(TaskState.Cancelled);
        await scene.RetryAsync(id);
        await AssertOnlyIn(TaskState.Pending);
        held = await scene.RunAsync(id, run: 1);
        await scene.Store.ReleaseAsync(held, Ct);
        await AssertOnlyIn(TaskState.Pending);
        await scene.FailAsync(await scene.RunAsync(id, run: 1));
        await AssertOnlyIn(TaskState.Failed);
        await scene.RetryAsync(id);
        await scene.CompleteAsync(await scene.RunAsync(id, run: 2));
        await AssertOnlyIn(TaskState.Completed);

        async Task AssertOnlyIn(TaskState state)
        {
            foreach (var other in Enum.GetValues<TaskState>())
                Assert.Equal(other == state ? [id] : [], await scene.ListAsync(new TaskQuery { Status = other }));
        }
    }

    [Fact]
    public async Task Odd_characters_in_users_types_and_tags_are_only_characters()
    {
        await using var scene = await SceneAsync();
        string[] odd = ["a:b{c}*", "a:b", "{c}", "*", "%", "_", "a'b\"c\\", "导出", "a b", "x\ny", "A:B{C}*"];
        var ids = new Dictionary<string, string>();
        foreach (var name in odd)
            ids[name] = (await scene.CreateAsync(scene.New(type: name, user: name) with { Tags = [name] })).Task.Id;

        foreach (var name in odd)
        {
            Assert.Equal([ids[name]], await scene.ListAsync(new TaskQuery { Owner = name }));
            Assert.Equal([ids[name]], await scene.ListAsync(new TaskQuery { Type = name }));
            Assert.Equal([ids[name]], await scene.ListAsync(new TaskQuery { Tag = name }));
            await scene.CompleteAsync(await scene.RunAsync(ids[name]));
        }
        var batch = await scene.DrainAsync();
        Assert.Equal(odd.Order(StringComparer.Ordinal), batch.Events.Select(change => change.Owner).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_text_finds_words_of_type_tags_and_payload_by_their_beginning()
    {
        await using var scene = await SceneAsync();
        var a = (await scene.CreateAsync(scene.New("export", payload: """{"title":"Monthly Umsätze 导出","n":7}""") with { Tags = ["Finance-2026"] })).Task.Id;
        var b = (await scene.CreateAsync(scene.New("import", payload: """{"rows":[{"name":"monthly"},{"name":"weekly"}]}"""))).Task.Id;

        Assert.Equal([b, a], await scene.ListAsync(new TaskQuery { Text = "month" }));
        Assert.Equal([b, a], await scene.ListAsync(new TaskQuery { Text = "MONTHLY" }));
        Assert.Equal([a], await scene.ListAsync(new TaskQuery { Text = "monthly exp" }));
        Assert.Equal([a], await scene.ListAsync(new TaskQuery { Text = "umsä" }));
        Assert.Equal([a], await scene.ListAsync(new TaskQuery { Text = "导" }));
        Assert.Equal([a], await scene.ListAsync(new TaskQuery { Text = "finance 2026" }));
        Assert.Equal([b], await scene.ListAsync(new TaskQuery { Text = "imp", Type = "import" }));
        Assert.Empty(await scene.ListAsync(new TaskQuery { Text = "imp", Type = "export" }));
        Assert.Empty(await scene.ListAsync(new TaskQuery { Text = "onthly" }));
        Assert.Empty(await scene.ListAsync(new TaskQuery { Text = "!?" }));
        Assert.Empty(await scene.ListAsync(new TaskQuery { Text = "\U0001F600", Type = "import" }));
        Assert.Empty(await scene.ListAsync(new TaskQuery { Text = "monthly daily" }));
        Assert.Empty(await scene.ListAsync(new TaskQuery { Text = " -- " }));
        Assert.Equal([b], await scene.ListAsync(new TaskQuery { Text = b }));
        Assert.Empty(await scene.ListAsync(new TaskQuery { Text = b, Owner = "bob" }));
    }

    [Fact]
    public async Task A_type_is_found_by_each_of_its_words()
    {
        await using var scene = await SceneAsync();
        var id = await scene.CreateIdAsync("log_analysis");

        foreach (var text in new[] { "log", "ANALYS", "log_analysis", "analysis log" })
            Assert.Equal([id], await scene.ListAsync(new TaskQuery { Text = text }));
        Assert.Empty(await scene.ListAsync(new TaskQuery { Text = "analysiss" }));
    }
}
