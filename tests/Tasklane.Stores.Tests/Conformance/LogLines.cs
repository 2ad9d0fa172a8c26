using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task Log_lines_get_growing_ids_and_are_read_back_as_sent()
    {
        await using var scene = await SceneAsync();
        StoredLine[] sent =
        [
            new("ignored", scene.Now.AddHours(-3), "info", "api", "started | {\"a\":1}\n导出"),
            new("ignored", scene.Now.AddHours(-4), "error", "", ""),
        ];

        var ids = await scene.Lines.AppendAsync("a:b{c}*", sent, null, Ct);
        scene.Pass(1);
        var later = Assert.Single(await scene.Lines.AppendAsync("a:b{c}*", [sent[0]], null, Ct));

        Assert.Equal(3, ids.Append(later).Distinct().Count());
        var page = await scene.Lines.PageAsync("a:b{c}*", null, 10, Ct);
        Assert.Equal([sent[0] with { Id = ids[0] }, sent[1] with { Id = ids[1] }, sent[0] with { Id = later }], page);
        Assert.Equal([page[2], page[0]], await scene.Lines.ReadAsync("a:b{c}*", [later, ids[0]], Ct));
        Assert.Empty(await scene.Lines.AppendAsync("ann", [], null, Ct));
    }

    [Fact]
    public async Task Log_lines_are_their_owners_own()
    {
        await using var scene = await SceneAsync();
        var line = new StoredLine("", scene.Now, "info", "api", "x");
        var anns = await scene.Lines.AppendAsync("ann", [line, line], null, Ct);
        var bobs = await scene.Lines.AppendAsync("bob", [line], null, Ct);

        Assert.Empty(await scene.Lines.ReadAsync("cid", anns, Ct));
        Assert.Equal([anns[1]], (await scene.Lines.ReadAsync("ann", [bobs[0], anns[1], "rubbish", ""], Ct)).Select(read => read.Id).Where(id => id != bobs[0]));
        Assert.Equal(anns, (await scene.Lines.PageAsync("ann", null, 10, Ct)).Select(read => read.Id));
        Assert.Empty(await scene.Lines.PageAsync("cid", null, 10, Ct));
    }

    [Fact]
    public async Task Log_lines_are_paged_after_an_id()
    {
        await using var scene = await SceneAsync();
        var ids = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            ids.AddRange(await scene.Lines.AppendAsync("ann", [new StoredLine("", scene.Now, "info", "api", $"{i}"), new StoredLine("", scene.Now, "info", "api", $"{i}b")], null, Ct));
            if (i % 3 == 0) scene.Pass(1);
        }

        var read = new List<string>();
        string? after = null;
        while (await scene.Lines.PageAsync("ann", after, 4, Ct) is { Count: > 0 } page)
        {
            read.AddRange(page.Select(line => line.Id));
            after = page[^1].Id;
        }
        Assert.Equal(ids, read);
    }

    [Fact]
    public async Task Log_lines_are_purged_by_when_they_were_stored()
    {
        await using var scene = await SceneAsync();
        var line = new StoredLine("", scene.Now.AddDays(10), "info", "api", "x");
        await scene.Lines.AppendAsync("ann", [line, line, line], null, Ct);
        await scene.Lines.AppendAsync("bob", [line, line], null, Ct);
        scene.Pass(10);
        var limit = scene.Now;
        var kept = await scene.Lines.AppendAsync("ann", [line], null, Ct);

        Assert.Equal(4, await scene.Lines.PurgeLinesAsync(limit, 4, Ct));
        Assert.Equal(1, await scene.Lines.PurgeLinesAsync(limit, 4, Ct));
        Assert.Equal(0, await scene.Lines.PurgeLinesAsync(limit, 4, Ct));
        Assert.Equal(kept, (await scene.Lines.PageAsync("ann", null, 10, Ct)).Select(read => read.Id));
        Assert.Empty(await scene.Lines.PageAsync("bob", null, 10, Ct));
    }
}
