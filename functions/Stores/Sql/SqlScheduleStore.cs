using System.Text.Json;
using Tasklane.Stores.Sql.Reading;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks.Schedules;

namespace Tasklane.Stores.Sql;

/// <summary>Schedules in the same database, written by the same writers.</summary>
/// <param name="clock">Null = the database's own.</param>
internal sealed class SqlScheduleStore(SqlDatabase database, TimeProvider? clock) : IScheduleStore
{
    private const string Columns = "data, version";

    private static readonly SqlRead Version = new("select t.version from async_schedules t where t.id = $1 {lock}");
    private static readonly SqlRead ById = new($"select {Columns}, created_by from async_schedules where id = $1");
    private static readonly SqlRead All = new($"select {Columns} from async_schedules where id > $1 order by id limit $2");
    private static readonly SqlRead OfOwner = new($"select {Columns} from async_schedules where created_by = $1 and id > $2 order by id limit $3");
    private static readonly SqlRead Count = new("select count(*) from async_schedules where created_by = $1");
    private static readonly SqlRead Owner = new("select t.created_by from async_schedules t where t.id = $1 {lock}");
    private static readonly SqlRead Due = new($"select {Columns} from async_schedules where due_at <= $1 order by due_at, id limit $2");
    private static readonly SqlRead Next = new("select min(due_at) from async_schedules where due_at > $1");

    // What one transaction writes others of the same batch do not see, so each has one of its own.
    public Task<bool> SaveAsync(Schedule schedule, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<bool>(transaction => Save(transaction, schedule), [], cancellation) { IsAlone = true });

    public async Task<Schedule?> GetAsync(string id, string? owner, CancellationToken cancellation)
    {
        var found = await database.Reads.RunAsync(
            reader => reader.FirstAsync(ById, statement => statement.Text(id), row => (Schedule: Read(row), Owner: row.Text(2))), cancellation);
        return found.Schedule is not null && (owner is null || found.Owner == owner) ? found.Schedule : null;
    }

    public async Task<IReadOnlyList<Schedule>> ListAsync(string? owner, string? after, int limit, CancellationToken cancellation) =>
        await database.Reads.RunAsync(
            reader => owner is null
                ? reader.ListAsync(All, statement => statement.Text(after ?? "").Int(limit), Read)
                : reader.ListAsync(OfOwner, statement => statement.Text(owner).Text(after ?? "").Int(limit), Read),
            cancellation);

    public Task<long> CountAsync(string owner, CancellationToken cancellation) =>
        database.Reads.RunAsync(reader => reader.FirstAsync(Count, statement => statement.Text(owner), row => row.Int(0)), cancellation);

    public Task<bool> DeleteAsync(string id, string? owner, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<bool>(transaction => Delete(transaction, id, owner), [], cancellation) { IsAlone = true });

    public Task<DueSchedules> DueAsync(int limit, CancellationToken cancellation) => database.Reads.RunAsync(
        async reader =>
        {
            var now = clock?.GetUtcNow().ToUnixTimeMilliseconds() ?? await reader.FirstAsync(Reads.Clock, _ => { }, row => row.Int(0));
            var due = await reader.ListAsync(Due, statement => statement.Int(now).Int(limit), Read);
            var next = await reader.FirstAsync(Next, statement => statement.Int(now), row => row.IntOrNull(0));
            return new DueSchedules(due, TimeOf(now), next is { } at ? TimeOf(at) : null);
        },
        cancellation);

    private static bool Save(TaskTransaction transaction, Schedule schedule)
    {
        long stored = 0;
        transaction.Session.Fetch(Version, statement => statement.Text(schedule.Id), rows => stored = rows.Next() ? rows.Int(0) : 0);
        if (stored != schedule.Version) return false;
        transaction.Session.Write(stored == 0 ? Writes.NewSchedule : Writes.Schedule)
            .Text(schedule.Id).Text(schedule.Owner).Int(schedule.DueAt?.ToUnixTimeMilliseconds()).Int(schedule.Version + 1)
            .Text(JsonSerializer.Serialize(schedule, JsonSerializerOptions.Web)).Run();
        return true;
    }

    private static bool Delete(TaskTransaction transaction, string id, string? owner)
    {
        string? whose = null;
        transaction.Session.Fetch(Owner, statement => statement.Text(id), rows => whose = rows.Next() ? rows.Text(0) : null);
        if (whose is null || (owner is not null && whose != owner)) return false;
        transaction.Session.Write(Writes.DropSchedule).Text(id).Run();
        return true;
    }

    private static Schedule Read(IRow row) => JsonSerializer.Deserialize<Schedule>(row.Text(0), JsonSerializerOptions.Web)! with { Version = row.Int(1) };

    private static DateTimeOffset TimeOf(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
