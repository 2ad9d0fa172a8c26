using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Tasklane.Functions.Tests.Http;
using Tasklane.Handlers.Exporting;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Functions.Tests.Handlers;

public sealed class ExportTests(AppFixture app) : AppTests(app)
{
    [Fact]
    public async Task Ones_own_tasks_are_exported_filtered_and_downloaded()
    {
        var (ada, bob) = (await SignInAsync(), await SignInAsync());
        await bob.CreateAsync("noop", new { }, new { delaySeconds = 1000, tags = new[] { "x" } });
        var wanted = (await ada.CreateAsync("noop", new { note = "=cmd|' /C calc'!A0, \"quoted\"" }, new { delaySeconds = 1000, tags = new[] { "x", "+y" } })).Id();
        await ada.CreateAsync("noop", new { }, new { delaySeconds = 1000 });

        var id = (await ada.CreateAsync("export", new { what = "tasks", format = "csv", tag = "x" })).Id();
        var task = await ada.EndAsync(id);
        var file = await ada.GetAsync($"/api/tasks/{id}/file");

        Assert.Equal("completed", task.Text("status"));
        Assert.Equal(1, task["result"]!["rows"]!.GetValue<int>());
        Assert.Equal("text/csv", file.Content.Headers.ContentType?.MediaType);
        Assert.Equal(task["result"]!["file"]!.Text("name"), file.Content.Headers.ContentDisposition?.FileNameStar);
        Assert.Equal("attachment", file.Content.Headers.ContentDisposition?.DispositionType);
        var bytes = await file.Content.ReadAsByteArrayAsync();
        Assert.Equal(task["result"]!["file"]!["length"]!.GetValue<long>(), bytes.Length);
        var rows = Encoding.UTF8.GetString(bytes).Split("\r\n");
        Assert.StartsWith("\uFEFFid,type,status,priority,createdAt", rows[0], StringComparison.Ordinal);
        Assert.StartsWith($"{wanted},noop,pending,normal,", rows[1], StringComparison.Ordinal);
        Assert.Contains(",x;+y,", rows[1], StringComparison.Ordinal);
        Assert.Contains("\"{\"\"note\"\":\"\"=cmd", rows[1], StringComparison.Ordinal);
        Assert.Equal(["", rows[0], rows[1]], rows.Order(StringComparer.Ordinal).Distinct().OrderBy(row => row.Length));
        await (await bob.GetAsync($"/api/tasks/{id}/file")).ProblemAsync(HttpStatusCode.NotFound, "task_not_found");
    }

    [Fact]
    public async Task A_task_without_a_file_has_none_to_download()
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("noop", new { file = "mine" })).Id();
        await ada.EndAsync(id);

        await (await ada.GetAsync($"/api/tasks/{id}/file")).ProblemAsync(HttpStatusCode.NotFound, "file_not_found");
    }

    [Fact]
    public async Task An_export_of_nothing_is_a_file_with_nothing_in_it()
    {
        var ada = await SignInAsync();
        async Task<string> Export(string format)
        {
            var id = (await ada.CreateAsync("export", new { what = "logs", format })).Id();
            Assert.Equal("completed", (await ada.EndAsync(id)).Text("status"));
            var file = await ada.GetAsync($"/api/tasks/{id}/file");
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
            return await file.Content.ReadAsStringAsync();
        }

        Assert.Equal("id,at,level,service,message\r\n", (await Export("csv")).TrimStart('\uFEFF'));
        Assert.Empty(JsonNode.Parse(await Export("json"))!.AsArray());
        Assert.Equal("", await Export("ndjson"));
    }

    [Theory]
    [InlineData(ExportFormat.Csv)]
    [InlineData(ExportFormat.Json)]
    [InlineData(ExportFormat.Ndjson)]
    public async Task Slices_write_what_one_run_writes(ExportFormat format)
    {
        var lines = new MemoryLines();
        await lines.AppendAsync("ada", [.. Enumerable.Range(0, 7321).Select(i =>
            new StoredLine("", DateTimeOffset.UnixEpoch.AddSeconds(i), i % 9 == 0 ? "error" : "info", "web", $"第 {i} 行, \"{new string('x', i % 300)}\""))],
            null,
            TestContext.Current.CancellationToken);
        var payload = new ExportPayload(ExportWhat.Logs, format, Level: "info", Q: "行");

        var whole = new TestRun();
        var once = (ExportResult)(await new ExportHandler(Store, lines).RunAsync(payload, whole)).Result!;
        var sliced = new TestRun();
        var often = await sliced.ToEndAsync<ExportHandler, ExportPayload, ExportResult>(new ExportHandler(Store, lines), payload, checksPerSlice: 1);

        Assert.Equal(once, often);
        Assert.Equal(7321 - 814, once.Rows);
        Assert.Equal(whole.File(once.File), sliced.File(often.File));
        Assert.True(sliced.Chunks.Count > 3);
        if (format == ExportFormat.Json)
            Assert.Equal(once.Rows, JsonNode.Parse(whole.File(once.File))!.AsArray().Count);
        if (format == ExportFormat.Ndjson)
            Assert.All(whole.File(once.File).TrimEnd('\n').Split('\n'), line => Assert.Equal("info", JsonNode.Parse(line)!.Text("level")));
    }

    [Fact]
    public async Task Tasks_that_come_while_an_export_runs_are_neither_repeated_nor_added()
    {
        var ct = TestContext.Current.CancellationToken;
        var ada = await SignInAsync();
        for (var i = 0; i < 130; i++)
            await ada.CreateAsync("noop", new { i }, new { delaySeconds = 1000 });
        var first = (await ada.GetJsonAsync("/api/tasks"))["tasks"]![0]!;
        var owner = first.Text("createdBy");
        var newest = await Store.GetAsync(first.Text("id"), owner, ct);
        var source = new TaskRows(Store, newest!, new ExportPayload(ExportWhat.Tasks));

        var rows = new List<string>();
        var page = await source.ReadAsync(null, ct);
        rows.AddRange(page.Rows.Select(row => row.Cells[0].Value));
        for (var i = 0; i < 7; i++)
            await ada.CreateAsync("noop", new { late = i }, new { delaySeconds = 1000 });
        while (page.Next is not null)
        {
            page = await source.ReadAsync(page.Next, ct);
            rows.AddRange(page.Rows.Select(row => row.Cells[0].Value));
        }

        Assert.Equal(130, rows.Count);
        Assert.Equal(130, rows.Distinct().Count());
    }

    /// <summary>As when pending tasks are exported while they are being run.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Tasks_that_leave_the_list_while_it_is_read_hide_no_others(int seed)
    {
        var random = new Random(seed);
        var start = DateTimeOffset.UnixEpoch.AddYears(56);
        var list = Enumerable.Range(0, 1500).Select(i => TestRun.Record("ada", start.AddSeconds(i), number: i)).Reverse().ToList();
        var stays = list.Where(_ => random.Next(3) > 0).Select(task => task.Id).ToHashSet();
        var export = TestRun.Record("ada", start.AddHours(1), number: 1500);
        var latest = export.Number;
        var source = new TaskRows(ShiftingList.Of(list, () =>
        {
            for (var i = random.Next(150); i > 0; i--)
            {
                if (list.FindIndex(random.Next(list.Count), task => !stays.Contains(task.Id)) is >= 0 and var leaving)
                    list.RemoveAt(leaving);
            }
            for (var i = random.Next(20); i > 0; i--)
                list.Insert(0, TestRun.Record("ada", start.AddHours(2), number: ++latest));
        }), export, new ExportPayload(ExportWhat.Tasks));

        var rows = new List<string>();
        string? position = null;
        do
        {
            var page = await source.ReadAsync(position, TestContext.Current.CancellationToken);
            rows.AddRange(page.Rows.Select(row => row.Cells[0].Value));
            position = page.Next;
        }
        while (position is not null);

        Assert.Equal(rows.Count, rows.Distinct().Count());
        Assert.Subset(rows.ToHashSet(), stays);
        Assert.True(list.Count < 1500);
    }

    /// <summary>A store that has nothing but a list, which changes after each look at it.</summary>
    public class ShiftingList : System.Reflection.DispatchProxy
    {
        private IReadOnlyList<TaskRecord> _list = [];
        private Action _change = () => { };

        public static ITaskStore Of(IReadOnlyList<TaskRecord> list, Action change)
        {
            var store = Create<ITaskStore, ShiftingList>();
            ((ShiftingList)(object)store)._list = list;
            ((ShiftingList)(object)store)._change = change;
            return store;
        }

        protected override object? Invoke(System.Reflection.MethodInfo? targetMethod, object?[]? args)
        {
            Assert.Equal(nameof(ITaskStore.ListAsync), targetMethod!.Name);
            var query = (TaskQuery)args![0]!;
            TaskRecord[] tasks = [.. _list.Where(task => query.After is null || task.Number < query.After).Skip((query.Page - 1) * query.PageSize).Take(query.PageSize)];
            var page = new TaskPage(tasks, _list.Count, tasks.Length < query.PageSize ? null : tasks[^1].Number);
            _change();
            return Task.FromResult(page);
        }
    }

    private ITaskStore Store => (ITaskStore)Host.Services.GetService(typeof(ITaskStore))!;
}
